using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>The contexts over their repetitions: medians with their intervals, and inter-token latencies (ITL) where single tokens were
/// timed.</summary>
internal static class ContextTableWriter
{
    /// <summary>Writes what the table of trials does not contain: intervals where a context has several trials, and inter-token latencies
    /// where they are known.</summary>
    public static void Write(IAnsiConsole console, IReadOnlyList<ContextSummary> contexts)
    {
        if (contexts.Any(context => context.Trials.Count > 1))
        {
            TerminalTable.Write(console, new TextTable(
                [new("context"), new("trials used", IsNumber: false), new("TTFT"), new("prefill t/s"), new("generation t/s")],
                [.. contexts.Select(context => FormatMedians(context).ToList())]));
            console.WriteLine(
                "Medians over repetitions with 95% confidence intervals (94% from 5 trials). [..] is the range of fewer than 5 "
                + "trials. ! marks outliers, which are included.");
        }
        if (contexts.Any(context => context.InterToken is not null))
            TerminalTable.Write(console, new TextTable(
                [new("context"), new("ITL p50 ms"), new("p90"), new("p99"), new("jitter"), new("stalls")],
                [.. contexts.Where(context => context.InterToken is not null).Select(FormatInterTokenTimes)]));
    }

    private static IEnumerable<string> FormatMedians(ContextSummary context)
    {
        yield return FormatContext(context);
        yield return $"{NumberFormat.Tokens(context.Trials.Count - context.Excluded.Count)}/{NumberFormat.Tokens(context.Trials.Count)}"
            + CellFormat.InterferenceNote(context.TrialsWithInterference.Count);
        yield return FormatFigure(context.TtftSeconds, seconds => NumberFormat.Duration(seconds));
        yield return FormatFigure(context.PrefillTps, FormatRate);
        yield return FormatFigure(context.GenerationTps, FormatRate);
    }

    private static IReadOnlyList<string> FormatInterTokenTimes(ContextSummary context)
    {
        var times = context.InterToken!;
        return [FormatContext(context) + CellFormat.InterferenceNote(context.TrialsWithInterference.Count),
            FormatMilliseconds(times.P50Seconds), FormatMilliseconds(times.P90Seconds), FormatMilliseconds(times.P99Seconds),
            FormatMilliseconds(times.JitterSeconds), NumberFormat.Tokens(times.Stalls.Count)];
    }

    private static string FormatContext(ContextSummary context)
    {
        var method = context.Method == SweepMethod.Cold ? "" : " " + context.Method.Label();
        var label = string.Concat(context.Label.Labels().Select(name => " " + name));
        return NumberFormat.Tokens(context.ContextTokens) + (context.Concurrency > 1 ? $" × {context.Concurrency}" : "") + method + label;
    }

    private static string FormatFigure(MetricSummary? figure, Func<double, string> text) => figure is null
        ? NumberFormat.Absent
        : $"{text(figure.Median)} {CellFormat.Interval(figure.Estimate, text)}".TrimEnd() + (figure.Outliers.Count > 0 ? "!" : "");

    private static string FormatRate(double perSecond) => NumberFormat.RateNumber(perSecond);

    // Inter-token latencies differ by less than a millisecond.
    private static string FormatMilliseconds(double? seconds) =>
        seconds is { } known ? (known * 1000).ToString(known < 0.1 ? "0.00" : "#,0", CultureInfo.InvariantCulture) : NumberFormat.Absent;
}
