using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>The clock that a phase's duration comes from, the most exact first.</summary>
public enum TimingSource
{
    /// <summary>Around the inference library's own calls.</summary>
    Native,

    /// <summary>The server's report of itself.</summary>
    Server,

    /// <summary>The arrival of chunks at the client.</summary>
    Client,
}

/// <summary>The duration of a phase, and its source.</summary>
/// <param name="Duration">The duration; 0 where the source says 0.</param>
/// <param name="Source">Whose clock.</param>
internal readonly record struct PhaseTime(TimeSpan Duration, TimingSource Source)
{
    /// <summary>Prefill: native, else the server's, else TTFT without the waits that the server reports. Absent where none is
    /// known.</summary>
    internal static PhaseTime? ForPrefill(Trial trial, IReadOnlyList<Doubt> doubts) =>
        Create(trial.Native.Prefill, TimingSource.Native)
            ?? Create(trial.Server.Prefill, TimingSource.Server) ?? Create(ClientPrefill(trial, doubts), TimingSource.Client);

    /// <summary>Generation after the first token: native, else the server's, else from the first to the last chunk. Absent where none is
    /// known.</summary>
    internal static PhaseTime? ForGeneration(Trial trial) =>
        Create(trial.Native.Generation, TimingSource.Native)
            ?? Create(trial.Server.Generation, TimingSource.Server) ?? Create(ClientGeneration(trial), TimingSource.Client);

    private static PhaseTime? Create(TimeSpan? took, TimingSource source) =>
        took is { Ticks: >= 0 } span ? new PhaseTime(span, source) : null;

    private static TimeSpan? ClientPrefill(Trial trial, IReadOnlyList<Doubt> doubts)
    {
        // In an incremental pass the client sees only the part of the prompt that this context adds.
        if (trial.Method != SweepMethod.Cold)
            return null;
        // A wait of unknown length inside TTFT leaves prefill unknown.
        if (doubts.OfType<Queued>().Any() && trial.Server.Queue is null
            || doubts.OfType<Reloaded>().Any() && trial.Server.Load is null)
            return null;
        return FirstToken(trial) is { } first ? Subtract(first, trial.Server.Queue, trial.Server.Load, trial.Server.Tokenization) : null;
    }

    private static TimeSpan? ClientGeneration(Trial trial) =>
        trial.Client.TimeToLastToken is { } last && FirstToken(trial) is { } first ? Subtract(last, first) : null;

    // A file may contain any number; a result that cannot be a duration is absent.
    private static TimeSpan? Subtract(TimeSpan from, params ReadOnlySpan<TimeSpan?> parts)
    {
        var ticks = (Int128)from.Ticks;
        foreach (var part in parts)
            ticks -= part?.Ticks ?? 0;
        return ticks >= 0 && ticks <= long.MaxValue ? new TimeSpan((long)ticks) : null;
    }

    /// <summary>From the request to the first token. Reasoning tokens are generated too: the first of any kind ends prefill.</summary>
    internal static TimeSpan? FirstToken(Trial trial) => (trial.Client.TimeToFirstToken, trial.Client.TimeToFirstReasoning) switch
    {
        ({ } content, { } reasoning) => content < reasoning ? content : reasoning,
        var (content, reasoning) => content ?? reasoning,
    };
}
