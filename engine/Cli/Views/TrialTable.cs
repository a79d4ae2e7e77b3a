using MemoryWall.Analysis;
using MemoryWall.Facts;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>The final table: one row a trial, smallest context first, warm-ups left out but counted, failures with their reason.</summary>
internal static class TrialTable
{
    public static void Write(IAnsiConsole console, IReadOnlyList<TrialView> trials)
    {
        var measured = trials.Where(view => !view.Trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        var table = new Table().Border(TableBorder.Simple);
        foreach (var (header, right) in Columns(measured))
        {
            var column = new TableColumn(header).NoWrap();
            table.AddColumn(right ? column.RightAligned() : column);
        }
        foreach (var view in measured.OrderBy(view => view.Trial.Method).ThenBy(view => view.Trial.ContextTokens).ThenBy(view => view.Trial.Concurrency).ThenBy(view => view.Trial.Repetition).ThenBy(view => view.Trial.Stream))
            table.AddRow(Row(view, measured).Select(cell => new Text(cell)));
        console.Write(table);
        if (trials.Count > measured.Count)
            console.WriteLine($"{trials.Count - measured.Count} warm-up(s) stored, not shown.");
    }

    private static IEnumerable<(string Header, bool Right)> Columns(List<TrialView> trials)
    {
        yield return ("context", true);
        if (Repeated(trials))
            yield return ("rep", true);
        if (Streamed(trials))
            yield return ("stream", true);
        if (Methodical(trials))
            yield return ("method", false);
        yield return ("load", true);
        yield return ("TTFT", true);
        yield return ("prefill t/s", true);
        if (Sampled(trials))
            yield return ("at depth t/s", true);
        yield return ("generation t/s", true);
        yield return ("blended t/s", true);
        yield return ("prefill share", true);
        yield return ("outcome", false);
    }

    private static IEnumerable<string> Row(TrialView view, List<TrialView> trials)
    {
        var trial = view.Trial;
        yield return Cells.Tokens(trial.ContextTokens);
        if (Repeated(trials))
            yield return Cells.Tokens(trial.Repetition);
        if (Streamed(trials))
            yield return $"{trial.Stream}/{trial.Concurrency}";
        if (Methodical(trials))
            yield return trial.Method.Label();
        yield return Cells.Seconds(trial.Client.Load);
        yield return Cells.Seconds(view.Ttft);
        yield return Cells.Rate(view.PrefillRate);
        if (Sampled(trials))
            yield return Cells.Rate(view.PrefillRateAtDepth);
        yield return Cells.Generation(view);
        yield return Cells.Rate(view.BlendedRate);
        yield return Cells.Share(view.PrefillShare);
        yield return Outcome(trial);
    }

    private static string Outcome(Trial trial)
    {
        var doubts = Cells.Flags(trial.Flags & ~(TrialFlags.Warmup | TrialFlags.Concurrent | TrialFlags.SyntheticDepth));
        var kind = trial.Outcome.Kind.Replace('_', ' ');
        return doubts.Length == 0 ? kind : $"{kind} ({doubts})";
    }

    private static bool Repeated(List<TrialView> trials) => trials.Any(view => view.Trial.Repetition > 1);

    private static bool Methodical(List<TrialView> trials) => trials.Any(view => view.Trial.Method != SweepMethod.Cold);

    private static bool Sampled(List<TrialView> trials) => trials.Any(view => view.PrefillRateAtDepth is not null);

    private static bool Streamed(List<TrialView> trials) => trials.Any(view => view.Trial.Concurrency > 1);
}
