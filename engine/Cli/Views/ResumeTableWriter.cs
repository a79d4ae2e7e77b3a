using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Core.Units;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Resuming against computing, context by context. Nothing is written for a run that resumed nothing.</summary>
internal static class ResumeTableWriter
{
    public static void Write(IAnsiConsole console, IReadOnlyList<ResumeGain> gains)
    {
        if (gains.Count == 0)
            return;
        var table = new Table().Border(TableBorder.Simple);
        var storage = gains.Any(gain => gain.IsEmulated) ? " (emulated)"
            : gains.Any(gain => gain.IsThroughPageCache) ? " (page cache)" : "";
        foreach (var header in new[] { "context", "TTFT computed", "TTFT resumed", "times as soon", "state", "taken up at" + storage,
            "break-even" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var gain in gains)
            table.AddRow(FormatRow(gain).Select(cell => new Text(cell)));
        console.Write(table);
    }

    private static IEnumerable<string> FormatRow(ResumeGain gain)
    {
        yield return NumberFormat.Tokens(gain.ContextTokens);
        yield return FormatSeconds(gain.ComputedTtftSeconds);
        yield return FormatSeconds(gain.ResumedTtftSeconds);
        yield return $"{FormatFactor(gain.Factor.Value)} {CellFormat.Interval(gain.Factor, FormatFactor)}".TrimEnd();
        yield return gain.StateBytes is { } bytes ? new ByteSize((long)bytes).ToString() : NumberFormat.Absent;
        yield return FormatBandwidth(gain.ReadBytesPerSecond);
        yield return FormatBandwidth(gain.BreakEvenBytesPerSecond);
    }

    private static string FormatSeconds(MetricSummary figure) => NumberFormat.Duration(figure.Median);

    private static string FormatFactor(double factor) => factor.ToString(factor >= 100 ? "#,0" : "0.0#", CultureInfo.InvariantCulture);

    private static string FormatBandwidth(double? bytesPerSecond) =>
        bytesPerSecond is { } speed ? $"{new ByteSize((long)speed)}/s" : NumberFormat.Absent;
}
