using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>The trials of a run, the smallest context first. Warm-ups are counted but not shown.</summary>
internal static class TrialTableWriter
{
    public static void Write(IAnsiConsole console, IReadOnlyList<TrialView> trials)
    {
        var measured = trials.Where(view => !view.Trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        var ordered = measured.OrderBy(view => view.Trial.Method).ThenBy(view => view.Trial.ContextTokens)
            .ThenBy(view => view.Trial.Concurrency).ThenBy(view => view.Trial.Repetition).ThenBy(view => view.Trial.Stream);
        TerminalTable.Write(console,
            new TextTable([.. SelectColumns(measured)], [.. ordered.Select(view => FormatRow(view, measured).ToList())]));
        if (trials.Count - measured.Count is > 0 and var warmups)
            console.WriteLine($"Not shown: {CellFormat.Count(warmups, "warm-up trial")}.");
    }

    private static IEnumerable<TextColumn> SelectColumns(List<TrialView> trials)
    {
        yield return new("context");
        if (HasRepetitions(trials))
            yield return new("rep");
        if (HasStreams(trials))
            yield return new("stream");
        if (HasMethods(trials))
            yield return new("method", IsNumber: false);
        yield return new("load");
        yield return new("TTFT");
        yield return new("prefill t/s");
        if (HasRateAtDepth(trials))
            yield return new("last batch t/s");
        yield return new("generation t/s");
        yield return new("blended t/s");
        yield return new("prefill share");
        yield return new("outcome", IsNumber: false);
    }

    private static IEnumerable<string> FormatRow(TrialView view, List<TrialView> trials)
    {
        var trial = view.Trial;
        yield return NumberFormat.Tokens(trial.ContextTokens);
        if (HasRepetitions(trials))
            yield return NumberFormat.Tokens(trial.Repetition);
        if (HasStreams(trials))
            yield return $"{trial.Stream}/{trial.Concurrency}";
        if (HasMethods(trials))
            yield return trial.Method.Label();
        yield return NumberFormat.Duration(trial.Client.Load);
        yield return NumberFormat.Duration(view.Ttft);
        yield return NumberFormat.RateNumber(view.PrefillRate);
        if (HasRateAtDepth(trials))
            yield return NumberFormat.RateNumber(view.PrefillRateAtDepth);
        yield return CellFormat.GenerationRate(view);
        yield return NumberFormat.RateNumber(view.BlendedRate);
        yield return NumberFormat.Percent(view.PrefillShare);
        yield return FormatOutcome(trial);
    }

    private static string FormatOutcome(Trial trial)
    {
        var doubts = CellFormat.Flags(trial.Flags & ~(TrialFlags.Warmup | TrialFlags.Concurrent | TrialFlags.SyntheticDepth));
        var kind = WordFormat.Words(trial.Outcome.Kind);
        return doubts.Length == 0 ? kind : $"{kind} ({doubts})";
    }

    private static bool HasRepetitions(List<TrialView> trials) => trials.Any(view => view.Trial.Repetition > 1);

    private static bool HasMethods(List<TrialView> trials) => trials.Any(view => view.Trial.Method != SweepMethod.Cold);

    private static bool HasRateAtDepth(List<TrialView> trials) => trials.Any(view => view.PrefillRateAtDepth is not null);

    private static bool HasStreams(List<TrialView> trials) => trials.Any(view => view.Trial.Concurrency > 1);
}
