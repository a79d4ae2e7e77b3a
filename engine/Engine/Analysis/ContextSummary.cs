using MemoryWall.Facts;

namespace MemoryWall.Analysis;

/// <summary>What the repetitions of one context say together. Warm-ups are left out; what failed or has no rate is counted, never averaged.</summary>
/// <param name="ContextTokens">The context (N).</param>
/// <param name="Trials">Its trials, warm-ups left out.</param>
/// <param name="Measured">Those of them that have both rates; every figure rests on these.</param>
public sealed record ContextSummary(int ContextTokens, IReadOnlyList<Trial> Trials, IReadOnlyList<Trial> Measured)
{
    /// <summary>Median prefill rate in tokens a second; null where none was measured.</summary>
    public double? PrefillTps => Median.Of(Measured.Select(trial => Rates.Prefill(trial)!.Value.PerSecond));

    /// <summary>Median generation rate in tokens a second; null where none was measured.</summary>
    public double? GenerationTps => Median.Of(Measured.Select(trial => Rates.Generation(trial)!.Value.PerSecond));

    /// <summary>Median share of prefill in the time of both phases, 0 to 1; null where none was measured.</summary>
    public double? PrefillShare => Median.Of(Measured.Select(trial => Rates.PrefillShare(trial)!.Value));

    /// <summary>Median of time of prefill / time of generation; null where none was measured.</summary>
    public double? PrefillToGeneration => Median.Of(Measured.Select(trial => PhaseDuration.Prefill(trial)!.Time / PhaseDuration.Generation(trial)!.Time));

    /// <summary>The contexts of single streams, smallest first.</summary>
    public static IReadOnlyList<ContextSummary> Of(IEnumerable<Trial> trials) =>
        [.. trials
            .Where(trial => trial.Concurrency == 1 && !trial.Flags.HasFlag(TrialFlags.Warmup))
            .GroupBy(trial => trial.ContextTokens)
            .OrderBy(group => group.Key)
            .Select(group => new ContextSummary(group.Key, [.. group], [.. group.Where(trial => Rates.Blended(trial) is not null)]))];
}
