using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Recommendations;

/// <summary>Something to do that a run supports, with the values that it rests on.</summary>
internal abstract record Recommendation;

/// <summary>More memory holds the largest context that was tried.</summary>
/// <param name="ContextTokens">That context.</param>
/// <param name="NeededBytes">Forecast resident memory of it.</param>
/// <param name="LimitBytes">The memory that there was.</param>
internal sealed record AddMemory(int ContextTokens, long NeededBytes, long LimitBytes) : Recommendation;

/// <summary>Smaller elements of the KV cache move the wall.</summary>
/// <param name="KvType">The element type.</param>
/// <param name="ForecastTokens">The forecast wall with it; absent where every context fits.</param>
/// <param name="WallTokens">The forecast wall without it.</param>
/// <param name="MeasuredSystem">A system that was measured with it; absent for none.</param>
/// <param name="MeasuredTokens">The largest context that this system completed; absent for none.</param>
internal sealed record QuantizeKvCache(string KvType, int? ForecastTokens, int WallTokens, string? MeasuredSystem, int? MeasuredTokens)
    : Recommendation;

/// <summary>Prompts that stay below the wall.</summary>
/// <param name="InsideTokens">The largest context in memory.</param>
/// <param name="BeyondTokens">The smallest context beyond the wall.</param>
internal sealed record KeepPromptsBelowWall(int InsideTokens, int BeyondTokens) : Recommendation;

/// <summary>The storage tier answers where the other system does not, or tells what it costs.</summary>
/// <param name="System">The system with the tier.</param>
/// <param name="ContextTokens">The largest context that it completed.</param>
/// <param name="Tps">Its generation rate there; absent where unknown.</param>
/// <param name="OtherTokens">The largest context in memory of the system without it.</param>
internal sealed record UseStorageTier(string System, int ContextTokens, double? Tps, int OtherTokens) : Recommendation
{
    /// <summary>The KV cache's element type of the system without it.</summary>
    public string OtherKvType { get; init; } = "f16";
}

/// <summary>The storage tier has not been measured.</summary>
internal sealed record MeasureStorageTier : Recommendation;

/// <summary>Shorter prompts, or prompts whose beginning is reused, since prefill takes most of the time.</summary>
/// <param name="ContextTokens">The largest context.</param>
/// <param name="PrefillShare">Prefill's share of the time there, 0 to 1.</param>
/// <param name="TtftSeconds">TTFT there; absent where unknown.</param>
/// <param name="ShorterTokens">The next smaller context.</param>
/// <param name="ShorterTtftSeconds">TTFT there; absent where unknown.</param>
internal sealed record ShortenPrompts(int ContextTokens, double PrefillShare, double? TtftSeconds, int ShorterTokens,
    double? ShorterTtftSeconds) : Recommendation;

/// <summary>Shorter answers, or faster memory, since generation takes most of the time.</summary>
/// <param name="ContextTokens">The largest context.</param>
/// <param name="PrefillShare">Prefill's share of the time there, 0 to 1.</param>
internal sealed record SpeedUpGeneration(int ContextTokens, double PrefillShare) : Recommendation;

/// <summary>The resource that limits a phase, and so what would make it faster.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Limit">Arithmetic or memory bandwidth.</param>
/// <param name="ContextTokens">The largest context at which every trial shows it.</param>
internal sealed record RaiseLimit(Phase Phase, Telemetry.PhaseLimit Limit, int ContextTokens) : Recommendation;

/// <summary>A quiet machine: other programs disturbed trials.</summary>
/// <param name="Disturbed">Disturbed trials.</param>
/// <param name="Measured">Measured trials.</param>
internal sealed record RepeatQuietly(int Disturbed, int Measured) : Recommendation;

/// <summary>More repetitions, without which no difference can be called one.</summary>
/// <param name="Missing">Repetitions that are missing at each context.</param>
internal sealed record RepeatMore(int Missing) : Recommendation;
