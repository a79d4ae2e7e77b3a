using MemoryWall.Analysis;
using MemoryWall.Facts;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>The final table: one row a trial, smallest context first, warm-ups left out but counted, failures with their reason.</summary>
internal static class TrialTable
{
    public static void Write(IAnsiConsole console, IReadOnlyList<Trial> trials)
    {
        var measured = trials.Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        var table = new Table().Border(TableBorder.Simple);
        foreach (var (header, right) in Columns(measured))
        {
            var column = new TableColumn(header).NoWrap();
            table.AddColumn(right ? column.RightAligned() : column);
        }
        foreach (var trial in measured.OrderBy(trial => trial.ContextTokens).ThenBy(trial => trial.Concurrency).ThenBy(trial => trial.Repetition).ThenBy(trial => trial.Stream))
            table.AddRow(Row(trial, measured).Select(cell => new Text(cell)));
        console.Write(table);
        foreach (var trial in measured.Where(trial => !trial.Outcome.IsCompleted))
            console.WriteLine($"trial {trial.Number} at {trial.ContextTokens} tokens: {trial.Outcome.Kind.Replace('_', ' ')}: {trial.Outcome.Detail}");
        if (trials.Count > measured.Count)
            console.WriteLine($"{trials.Count - measured.Count} warm-up(s) stored, not shown.");
    }

    private static IEnumerable<(string Header, bool Right)> Columns(List<Trial> trials)
    {
        yield return ("context", true);
        if (Repeated(trials))
            yield return ("rep", true);
        if (Streamed(trials))
            yield return ("stream", true);
        yield return ("load", true);
        yield return ("TTFT", true);
        yield return ("prefill t/s", true);
        yield return ("generation t/s", true);
        yield return ("blended t/s", true);
        yield return ("prefill share", true);
        yield return ("outcome", false);
    }

    private static IEnumerable<string> Row(Trial trial, List<Trial> trials)
    {
        var view = TrialView.Of(trial);
        yield return Cells.Tokens(trial.ContextTokens);
        if (Repeated(trials))
            yield return Cells.Tokens(trial.Repetition);
        if (Streamed(trials))
            yield return $"{trial.Stream}/{trial.Concurrency}";
        yield return Cells.Seconds(view.LoadSeconds);
        yield return Cells.Seconds(view.TtftSeconds);
        yield return Cells.Rate(view.PrefillTps);
        yield return Cells.Rate(view.GenerationTps);
        yield return Cells.Rate(view.BlendedTps);
        yield return Cells.Share(view.PrefillShare);
        yield return Outcome(trial);
    }

    private static string Outcome(Trial trial)
    {
        var doubts = Cells.Flags(trial.Flags & ~(TrialFlags.Warmup | TrialFlags.Concurrent));
        var kind = trial.Outcome.Kind.Replace('_', ' ');
        return doubts.Length == 0 ? kind : $"{kind} ({doubts})";
    }

    private static bool Repeated(List<Trial> trials) => trials.Any(trial => trial.Repetition > 1);

    private static bool Streamed(List<Trial> trials) => trials.Any(trial => trial.Concurrency > 1);
}
