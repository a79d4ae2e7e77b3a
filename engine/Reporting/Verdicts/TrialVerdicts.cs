using MemoryWall.Analysis.Review;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Verdicts;

/// <summary>Verdicts on single trials: failures, and trials that need caution.</summary>
internal static class TrialVerdicts
{
    private const int MaxDetailLength = 200;

    public static IEnumerable<Verdict> Failures(IReadOnlyList<TrialView> views) => views
        .Select(view => view.Trial)
        .Where(trial => !trial.Outcome.IsCompleted)
        .GroupBy(trial => (trial.ContextTokens, trial.Concurrency, Warmup: trial.Flags.HasFlag(TrialFlags.Warmup), trial.Outcome.Kind))
        .OrderBy(group => group.Key)
        .Select(group => FailureVerdict([.. group], views.Count(view => IsSameGroup(view.Trial, group.First()))));

    public static IEnumerable<Verdict> Doubts(IReadOnlyList<TrialView> views) => Enum.GetValues<TrialFlags>()
        .Where(flag => DescribeFlag(flag) is not null)
        .Select(flag => (Flag: flag,
            Trials: views.Select(view => view.Trial).Where(trial => trial.Flags.HasFlag(flag)).Select(trial => trial.Number).ToList()))
        .Where(entry => entry.Trials.Count > 0)
        .Select(entry => new Verdict(VerdictTopic.Doubt,
            $"{Capitalize(string.Concat(entry.Flag.Labels()))}: {DescribeFlag(entry.Flag)}.",
            entry.Trials));

    private static bool IsSameGroup(Trial one, Trial other) =>
        (one.ContextTokens, one.Concurrency, one.Flags & TrialFlags.Warmup)
            == (other.ContextTokens, other.Concurrency, other.Flags & TrialFlags.Warmup);

    private static Verdict FailureVerdict(IReadOnlyList<Trial> failed, int all)
    {
        var first = failed[0];
        int[] numbers = [.. failed.Select(trial => trial.Number)];
        var streams = first.Concurrency == 1 ? "" : $" with {first.Concurrency} streams";
        var what = first.Flags.HasFlag(TrialFlags.Warmup) ? "warm-ups" : "trials";
        var detail = WordFormat.SingleLine(first.Outcome.Detail, MaxDetailLength);
        var source = failed.Any(trial => trial.Outcome.Detail != first.Outcome.Detail) ? $"trial {first.Number}: " : "";
        return new Verdict(VerdictTopic.Failure,
            $"At {NumberFormat.Context(first.ContextTokens)}{streams} {failed.Count} of {all} {what} ended as {first.Outcome.Kind} "
                + $"({WordFormat.Trials(numbers)}){(detail.Length == 0 ? "" : ": " + source + detail)}", numbers);
    }

    private static string? DescribeFlag(TrialFlags flag) => flag switch
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
        _ => null,
    };

    private static string Capitalize(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
