using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>Which trials completed, which failed and which need caution, in words.</summary>
internal static class TrialPhrases
{
    private const int MaxDetailLength = 200;

    /// <summary>How many trials completed.</summary>
    public static string Format(CompletionVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return (verdict.Measured, verdict.Completed) switch
        {
            (0, _) => "No trial was measured.",
            (1, 1) => "The only measured trial completed.",
            (1, 0) => "The only measured trial did not complete.",
            var (all, done) when done == all => $"All {all} measured trials completed.",
            var (all, done) when done == 0 => $"None of the {all} measured trials completed.",
            var (all, done) => $"{done} of {all} measured trials completed.",
        };
    }

    /// <summary>Trials that failed.</summary>
    public static string Format(FailureVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        var streams = verdict.Concurrency == 1 ? "" : $" with {verdict.Concurrency} streams";
        var what = verdict.IsWarmup ? "warm-ups" : "trials";
        var detail = WordFormat.SingleLine(verdict.Outcome.Detail, MaxDetailLength);
        var source = verdict.IsSameForAll ? "" : $"trial {verdict.Trials[0]}: ";
        return $"At {NumberFormat.Context(verdict.ContextTokens)}{streams} {verdict.Trials.Count} of {verdict.Attempted} {what} ended as "
            + $"{verdict.Outcome.Kind} ({WordFormat.Trials(verdict.Trials)}){(detail.Length == 0 ? "" : ": " + source + detail)}";
    }

    /// <summary>Trials that need caution.</summary>
    public static string Format(DoubtVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        var label = string.Concat(verdict.Doubt.Labels());
        return $"{char.ToUpperInvariant(label[0])}{label[1..]}: {Describe(verdict.Doubt)}.";
    }

    private static string Describe(TrialFlags flag) => flag switch
    {
        TrialFlags.EarlyStop => "fewer tokens were generated than requested",
        TrialFlags.TooShortForRate => "there are too few tokens, or too little time",
        TrialFlags.CacheHit => "prompt tokens came from the target's cache, so there is no prefill rate",
        TrialFlags.SuspectedCacheHit => "prefill was implausibly fast, so there is no prefill rate",
        TrialFlags.WarmPrefix => "a prompt cache was used on purpose",
        TrialFlags.Queued => "the request waited in the server's queue",
        TrialFlags.ContextCapped => "the target gave less context than requested",
        TrialFlags.CountUnreported => "the target did not report its count of the prompt's tokens, so there is no prefill rate",
        TrialFlags.Reloaded => "the model was loaded again during the timed request",
        TrialFlags.ClocksDisagree => "the client's clock and the server's report differ",
        TrialFlags.SyntheticDepth => "the prompt was not computed",
        TrialFlags.Interference => "other work ran on the machine",
        TrialFlags.Buffered => "the answer came all at once, so the client cannot separate prefill from generation",
        TrialFlags.SharedServer => "the server worked on other requests at the same time",
        TrialFlags.Emulated => "the storage tier was slowed down to emulate another device",
        TrialFlags.Reasoning => "reasoning tokens came before the first content token",
        TrialFlags.AfterRestart => "the target was restarted before the trial",
        _ => "it needs caution",
    };
}
