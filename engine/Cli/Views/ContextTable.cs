using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Units;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>The contexts, each over its repetitions: medians with their intervals, and the times between tokens where single tokens were timed.</summary>
internal static class ContextTable
{
    /// <summary>Writes the table; nothing where no context was measured twice and no token was timed, since the trials' own table says all then.</summary>
    public static void Write(IAnsiConsole console, IReadOnlyList<ContextSummary> contexts)
    {
        if (!contexts.Any(context => context.Trials.Count > 1 || context.InterToken is not null))
            return;
        var table = new Table().Border(TableBorder.Simple);
        foreach (var header in new[] { "context", "trials", "TTFT", "prefill t/s", "generation t/s", "between tokens p50", "p90", "p99", "jitter", "stalls" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var context in contexts)
            table.AddRow(Row(context).Select(cell => new Text(cell)));
        console.Write(table);
        if (contexts.Any(context => context.Trials.Count > 1))
            console.WriteLine("Medians with 95% intervals; [..] marks the range of what was seen, where a context has fewer than 5 trials.");
    }

    private static IEnumerable<string> Row(ContextSummary context)
    {
        var method = context.Method == Facts.SweepMethod.Cold ? "" : " " + Facts.SweepMethodNames.Label(context.Method);
        var label = method + string.Concat(Facts.TrialFlagNames.Names(context.Label & ~Facts.TrialFlags.Sampled).Select(name => " " + name.Replace('_', ' ')));
        yield return Cells.Tokens(context.ContextTokens) + (context.Concurrency > 1 ? $" × {context.Concurrency}" : "") + label;
        yield return string.Create(CultureInfo.InvariantCulture, $"{context.Trials.Count - context.LeftOut.Count}/{context.Trials.Count}");
        yield return Figure(context.TtftSeconds, seconds => Cells.Seconds(TimeSpan.FromSeconds(seconds)));
        yield return Figure(context.PrefillTps, Rate);
        yield return Figure(context.GenerationTps, Rate);
        yield return Seconds(context.InterToken?.P50Seconds);
        yield return Seconds(context.InterToken?.P90Seconds);
        yield return Seconds(context.InterToken?.P99Seconds);
        yield return Seconds(context.InterToken?.JitterSeconds);
        yield return Cells.Tokens(context.InterToken?.Stalls.Count);
    }

    private static string Figure(Figure? figure, Func<double, string> text) => figure is null
        ? Cells.Absent
        : $"{text(figure.Median)} {Cells.Interval(figure.Estimate, text)}".TrimEnd() + (figure.Outliers.Count > 0 ? "!" : "");

    private static string Rate(double perSecond) => Cells.Rate(new TokenRate(perSecond));

    // Times between tokens are told apart by less than a millisecond.
    private static string Seconds(double? seconds) => seconds is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known * 1000:0.0##} ms") : Cells.Absent;
}
