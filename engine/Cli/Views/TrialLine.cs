using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Facts;

namespace MemoryWall.Cli.Views;

/// <summary>One trial in one line, for logs.</summary>
internal static class TrialLine
{
    public static string Of(Trial trial)
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
            ? $"{what}: TTFT {Cells.Seconds(view.Ttft)}, prefill {(view.PrefillRateAtDepth is { } atDepth ? $"at depth {Cells.Rate(atDepth)}" : Cells.Rate(view.PrefillRate))} t/s, generation {Cells.Rate(view.GenerationRate)} t/s{Doubts(trial)}"
            : $"{what}: {trial.Outcome.Kind.Replace('_', ' ')}: {trial.Outcome.Detail}{(view.MaxGenerationRate is { } most ? $"; generation at most {Cells.Rate(most)} t/s" : "")}";
    }

    private static string Doubts(Trial trial)
    {
        var doubts = Cells.Flags(trial.Flags & ~(TrialFlags.Warmup | TrialFlags.SyntheticDepth));
        return doubts.Length == 0 ? "" : $" [{doubts}]";
    }
}
