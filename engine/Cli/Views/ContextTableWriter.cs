using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>The contexts, each over its repetitions: medians with their intervals, and the times between tokens (ITL) where single tokens
/// were timed.</summary>
internal static class ContextTableWriter
{
    /// <summary>Writes what the table of trials does not say already: intervals where a context was measured twice, times between tokens
    /// where they are known.</summary>
    public static void Write(IAnsiConsole console, IReadOnlyList<ContextSummary> contexts)
    {
        if (contexts.Any(context => context.Trials.Count > 1))
        {
            Write(console, ["context", "used", "TTFT", "prefill t/s", "generation t/s"], contexts.Select(FormatMedians));
            console.WriteLine(
                "Medians with 95% intervals over repetitions (94% of 5, which allow no more); [..] marks the range of what was seen, with fewer than 5; ! marks outliers, which are in it.");
        }
        if (contexts.Any(context => context.InterToken is not null))
            Write(console, ["context", "ITL p50 ms", "p90", "p99", "jitter", "stalls"],
                contexts.Where(context => context.InterToken is not null).Select(FormatInterTokenTimes));
    }

    private static void Write(IAnsiConsole console, string[] headers, IEnumerable<IEnumerable<string>> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var header in headers)
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(cell)));
        console.Write(table);
    }

    private static IEnumerable<string> FormatMedians(ContextSummary context)
    {
        yield return FormatContext(context);
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{context.Trials.Count - context.Excluded.Count}/{context.Trials.Count}{CellFormat.InterferenceNote(context.TrialsWithInterference.Count)}");
        yield return FormatFigure(context.TtftSeconds, seconds => NumberFormat.Duration(seconds));
        yield return FormatFigure(context.PrefillTps, FormatRate);
        yield return FormatFigure(context.GenerationTps, FormatRate);
    }

    private static IEnumerable<string> FormatInterTokenTimes(ContextSummary context)
    {
        var times = context.InterToken!;
        return [FormatContext(context) + CellFormat.InterferenceNote(context.TrialsWithInterference.Count),
            FormatMilliseconds(times.P50Seconds), FormatMilliseconds(times.P90Seconds), FormatMilliseconds(times.P99Seconds),
            FormatMilliseconds(times.JitterSeconds), NumberFormat.Tokens(times.Stalls.Count)];
    }

    private static string FormatContext(ContextSummary context)
    {
        var method = context.Method == SweepMethod.Cold ? "" : " " + context.Method.Label();
        var label = string.Concat((context.Label & ~TrialFlags.SyntheticDepth).Names().Select(name => " " + name.Replace('_', ' ')));
        return NumberFormat.Tokens(context.ContextTokens) + (context.Concurrency > 1 ? $" × {context.Concurrency}" : "") + method + label;
    }

    private static string FormatFigure(MetricSummary? figure, Func<double, string> text) => figure is null
        ? NumberFormat.Absent
        : $"{text(figure.Median)} {CellFormat.Interval(figure.Estimate, text)}".TrimEnd() + (figure.Outliers.Count > 0 ? "!" : "");

    private static string FormatRate(double perSecond) => NumberFormat.RateNumber(perSecond);

    // Times between tokens are told apart by less than a millisecond.
    private static string FormatMilliseconds(double? seconds) =>
        seconds is { } known ? (known * 1000).ToString(known < 0.1 ? "0.00" : "#,0", CultureInfo.InvariantCulture) : NumberFormat.Absent;
}
