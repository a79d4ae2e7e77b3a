using MemoryWall.Facts;
using MemoryWall.Units;

namespace MemoryWall.Analysis;

/// <summary>
/// What follows from a trial's timings. A rate is given only where everything that it stands for was seen: a trial that failed has
/// none, whatever it measured before, and a doubted prompt has no prefill rate.
/// </summary>
public static class Rates
{
    private const TrialFlags NoPrefillRate = TrialFlags.CacheHit | TrialFlags.SuspectedCacheHit | TrialFlags.WarmPrefix;

    /// <summary>Prompt tokens computed in a second; null where the prompt was not computed as a whole or its count is not known.</summary>
    public static TokenRate? Prefill(Trial trial) =>
        trial.Outcome.IsCompleted && (trial.Flags & NoPrefillRate) == 0
            ? TokenRate.Of(PromptTokens(trial), PhaseDuration.Prefill(trial)?.Time)
            : null;

    /// <summary>(tokens − 1) / time: the first token belongs to prefill. Null where there were fewer than two tokens or no time.</summary>
    public static TokenRate? Generation(Trial trial) =>
        trial.Outcome.IsCompleted && !trial.Flags.HasFlag(TrialFlags.TooShortForRate)
            ? TokenRate.Of(trial.OutputTokens - 1, PhaseDuration.Generation(trial)?.Time)
            : null;

    /// <summary>(in + out) / (time of prefill + time of generation); null where one of the two has no rate.</summary>
    public static TokenRate? Blended(Trial trial) =>
        Prefill(trial) is not null && Generation(trial) is not null
            ? TokenRate.Of(PromptTokens(trial) + trial.OutputTokens, PhaseDuration.Prefill(trial)!.Time + PhaseDuration.Generation(trial)!.Time)
            : null;

    /// <summary>Time of prefill / (time of prefill + time of generation), 0 to 1; null where one of the two has no rate.</summary>
    public static double? PrefillShare(Trial trial) =>
        Prefill(trial) is not null && Generation(trial) is not null
            ? PhaseDuration.Prefill(trial)!.Time / (PhaseDuration.Prefill(trial)!.Time + PhaseDuration.Generation(trial)!.Time)
            : null;

    // Where the target does not count, what was meant stands for it; the trial is flagged so.
    private static int PromptTokens(Trial trial) => trial.CountedPromptTokens ?? trial.ContextTokens;
}
