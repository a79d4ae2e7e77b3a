using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;

namespace MemoryWall.Cli.Views;

/// <summary>One trial in one line, for logs.</summary>
internal static class TrialLogLine
{
    public static string Format(Trial trial)
    {
        var view = TrialView.Create(trial);
        var what = string.Create(CultureInfo.InvariantCulture, $"trial {trial.Number}: {trial.ContextTokens:#,0} tokens");
        if (trial.Repetition > 1)
            what += string.Create(CultureInfo.InvariantCulture, $", repetition {trial.Repetition}");
        if (trial.Flags.HasFlag(TrialFlags.Warmup))
            what += ", warm-up";
        if (trial.Method != SweepMethod.Cold)
            what += $", {trial.Method.Label()}";
        return trial.Outcome.IsCompleted
            ? $"{what}: TTFT {NumberFormat.Duration(view.Ttft)}, prefill {(view.PrefillRateAtDepth is { } atDepth ? $"at depth {NumberFormat.RateNumber(atDepth)}" : NumberFormat.RateNumber(view.PrefillRate))} t/s, generation {NumberFormat.RateNumber(view.GenerationRate)} t/s{FormatDoubts(trial)}"
            : $"{what}: {trial.Outcome.Kind.Replace('_', ' ')}: {trial.Outcome.Detail}{(view.MaxGenerationRate is { } most ? $"; generation at most {NumberFormat.RateNumber(most)} t/s" : "")}";
    }

    private static string FormatDoubts(Trial trial)
    {
        var doubts = CellFormat.Flags(trial.Flags & ~(TrialFlags.Warmup | TrialFlags.SyntheticDepth));
        return doubts.Length == 0 ? "" : $" [{doubts}]";
    }
}
