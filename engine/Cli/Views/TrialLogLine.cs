using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Cli.Views;

/// <summary>One trial in one line.</summary>
internal static class TrialLogLine
{
    public static string Format(Trial trial)
    {
        var view = TrialReview.Review(trial);
        return trial.Outcome.IsCompleted
            ? $"{FormatName(trial)}: TTFT {NumberFormat.Duration(view.Ttft)}, prefill {FormatPrefillRate(view)}, "
                + $"generation {NumberFormat.RateNumber(view.GenerationRate)} t/s{FormatDoubts(view)}"
            : $"{FormatName(trial)}: {WordFormat.Words(trial.Outcome.Kind)}: {OutcomePhrases.FormatEvidence(trial)}"
                + FormatMaxGenerationRate(view);
    }

    private static string FormatName(Trial trial)
    {
        var name = $"trial {trial.Number}: {NumberFormat.Tokens(trial.ContextTokens)} tokens";
        if (trial.Repetition > 1)
            name += $", repetition {trial.Repetition}";
        if (trial.Flags.HasFlag(TrialFlags.Warmup))
            name += ", warm-up";
        if (trial.Method != SweepMethod.Cold)
            name += $", {trial.Method.Label()}";
        return name;
    }

    private static string FormatPrefillRate(TrialView view) => view.PrefillRateAtDepth is { } last
        ? $"{NumberFormat.RateNumber(last)} t/s in the last batch"
        : $"{NumberFormat.RateNumber(view.PrefillRate)} t/s";

    private static string FormatMaxGenerationRate(TrialView view) =>
        view.MaxGenerationRate is { } max ? $"; generation at most {NumberFormat.RateNumber(max)} t/s" : "";

    private static string FormatDoubts(TrialView view)
    {
        var doubts = DoubtPhrases.Labels(view, omitted: TrialFlags.Warmup);
        return doubts.Length == 0 ? "" : $" [{doubts}]";
    }
}
