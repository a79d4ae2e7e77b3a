using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Plan;
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
        var what = verdict.IsWarmup ? "warm-up" : "trial";
        var which = verdict.Attempted == 1 ? $"the only {what}" : $"{verdict.Trials.Count} of {verdict.Attempted} {what}s";
        var detail = OutcomePhrases.FormatEvidence(verdict.Outcome, verdict.OomKills, MaxDetailLength);
        var source = verdict.IsSameForAll ? "" : $"trial {verdict.Trials[0]}: ";
        return $"At {NumberFormat.Context(verdict.ContextTokens)}{streams} {which} {OutcomePhrases.FormatEnd(verdict.Outcome)}"
            + (detail.Length == 0 ? "" : $": {source}{detail}");
    }

    /// <summary>Trials with a doubt.</summary>
    public static string Format(DoubtVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        // "All at once" is said only where it holds for all of them.
        var doubt = verdict.Doubts.FirstOrDefault(one => one is Buffered { Pieces: not 1 }) ?? verdict.Doubts[0];
        var consequence = doubt is Interference ? "; medians leave such trials out where enough undisturbed ones remain" : "";
        return Join(DoubtPhrases.Label(doubt), DoubtPhrases.Describe(doubt) + consequence);
    }

    /// <summary>Trials of another kind on purpose.</summary>
    public static string Format(IntentVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return Join(string.Concat(verdict.Flag.Labels()),
            verdict.Drafts is { } use ? DoubtPhrases.Describe(use) : DoubtPhrases.Describe(verdict.Flag));
    }

    /// <summary>Trials without a rate; where their reasons differ in numbers, those of the first trial.</summary>
    public static string Format(NoRateVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        var reasons = verdict.Reasons.Select(DoubtPhrases.Describe).ToList();
        var example = reasons.Distinct().Count() > 1 ? $"in trial {verdict.Trials[0]} " : "";
        return Join($"no {PhaseName.Format(verdict.Phase)} rate", example + reasons[0]);
    }

    /// <summary>Trials whose prompt was not computed.</summary>
    public static string Format(SyntheticDepthVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return Join(SweepMethod.SyntheticDepth.Label(), "the prompt was not computed");
    }

    private static string Join(string label, string meaning) => $"{char.ToUpperInvariant(label[0])}{label[1..]}: {meaning}.";
}
