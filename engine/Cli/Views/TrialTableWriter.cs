using MemoryWall.Analysis.Review;
using MemoryWall.Charts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
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
        var keys = KeyColumns(measured).ToList();
        Column[] columns = [.. keys, .. ValueColumns(measured)];
        TerminalTable.Write(console,
            new TextTable([.. columns.Select(column => column.Header)],
                [.. ordered.Select(view => columns.Select(column => column.Format(view)).ToList())]),
            keys.Count);
        if (trials.Count - measured.Count is > 0 and var warmups)
            console.WriteLine($"Not shown: {CellFormat.Count(warmups, "warm-up trial")}.");
    }

    private static IEnumerable<Column> KeyColumns(List<TrialView> trials)
    {
        yield return new(new("context"), view => NumberFormat.Tokens(view.Trial.ContextTokens));
        if (trials.Any(view => view.Trial.Repetition > 1))
            yield return new(new("rep"), view => NumberFormat.Tokens(view.Trial.Repetition));
        if (trials.Any(view => view.Trial.Concurrency > 1))
            yield return new(new("stream"), view => $"{view.Trial.Stream}/{view.Trial.Concurrency}");
        if (trials.Any(view => view.Trial.Method != SweepMethod.Cold))
            yield return new(new("method", IsNumber: false), view => view.Trial.Method.Label());
    }

    // A prompt that was not computed has a rate of its last batch, and no other prefill figures.
    private static IEnumerable<Column> ValueColumns(List<TrialView> trials)
    {
        var hasLastBatch = trials.Any(view => view.PrefillRateAtDepth is not null);
        var hasPrefill = !hasLastBatch || trials.Any(view => view.PrefillRate is not null);
        yield return new(new("load"), view => NumberFormat.Duration(view.Trial.Client.Load));
        if (hasPrefill)
        {
            yield return new(new("TTFT"), view => NumberFormat.Duration(view.Ttft));
            yield return new(new("prefill t/s"), view => NumberFormat.RateNumber(view.PrefillRate));
        }
        if (hasLastBatch)
            yield return new(new("last batch t/s"), view => NumberFormat.RateNumber(view.PrefillRateAtDepth));
        yield return new(new("generation t/s"), CellFormat.GenerationRate);
        if (hasPrefill)
        {
            yield return new(new("blended t/s"), view => NumberFormat.RateNumber(view.BlendedRate));
            yield return new(new("prefill share"), view => NumberFormat.Percent(view.PrefillShare));
        }
        yield return new(new("outcome", IsNumber: false), FormatOutcome);
    }

    private static string FormatOutcome(TrialView view)
    {
        var doubts = DoubtPhrases.Labels(view, omitted: TrialFlags.Warmup | TrialFlags.Concurrent);
        var kind = WordFormat.Words(view.Trial.Outcome.Kind);
        return doubts.Length == 0 ? kind : $"{kind} ({doubts})";
    }

    private sealed record Column(TextColumn Header, Func<TrialView, string> Format);
}
