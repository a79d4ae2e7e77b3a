using MemoryWall.Analysis;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>The final table: one row a trial, smallest context first, warm-ups left out but counted, failures with their reason.</summary>
internal static class TrialTableWriter
{
    public static void Write(IAnsiConsole console, IReadOnlyList<TrialView> trials)
    {
        var measured = trials.Where(view => !view.Trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        var table = new Table().Border(TableBorder.Simple);
        foreach (var (header, right) in SelectColumns(measured))
        {
            var column = new TableColumn(header).NoWrap();
            table.AddColumn(right ? column.RightAligned() : column);
        }
        foreach (var view in measured.OrderBy(view => view.Trial.Method).ThenBy(view => view.Trial.ContextTokens)
            .ThenBy(view => view.Trial.Concurrency).ThenBy(view => view.Trial.Repetition).ThenBy(view => view.Trial.Stream))
            table.AddRow(FormatRow(view, measured).Select(cell => new Text(cell)));
        console.Write(table);
        if (trials.Count > measured.Count)
            console.WriteLine($"{trials.Count - measured.Count} warm-up(s) stored, not shown.");
    }

    private static IEnumerable<(string Header, bool Right)> SelectColumns(List<TrialView> trials)
    {
        yield return ("context", true);
        if (HasRepetitions(trials))
            yield return ("rep", true);
        if (HasStreams(trials))
            yield return ("stream", true);
        if (HasMethods(trials))
            yield return ("method", false);
        yield return ("load", true);
        yield return ("TTFT", true);
        yield return ("prefill t/s", true);
        if (HasRateAtDepth(trials))
            yield return ("at depth t/s", true);
        yield return ("generation t/s", true);
        yield return ("blended t/s", true);
        yield return ("prefill share", true);
        yield return ("outcome", false);
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
        var kind = trial.Outcome.Kind.Replace('_', ' ');
        return doubts.Length == 0 ? kind : $"{kind} ({doubts})";
    }

    private static bool HasRepetitions(List<TrialView> trials) => trials.Any(view => view.Trial.Repetition > 1);

    private static bool HasMethods(List<TrialView> trials) => trials.Any(view => view.Trial.Method != SweepMethod.Cold);

    private static bool HasRateAtDepth(List<TrialView> trials) => trials.Any(view => view.PrefillRateAtDepth is not null);

    private static bool HasStreams(List<TrialView> trials) => trials.Any(view => view.Trial.Concurrency > 1);
}
