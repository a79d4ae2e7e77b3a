using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Resumed trials compared with computed ones at each context. Writes nothing for a run without resumed trials.</summary>
internal static class ResumeTableWriter
{
    public static void Write(IAnsiConsole console, IReadOnlyList<ResumeGain> gains)
    {
        if (gains.Count == 0)
            return;
        string[] headers = ["context", "TTFT computed", "TTFT resumed", "times faster", "saved KV cache", "read at" + FormatSource(gains),
            "break-even bandwidth"];
        TerminalTable.Write(console, new TextTable(
            [.. headers.Select(header => new TextColumn(header))], [.. gains.Select(gain => FormatRow(gain).ToList())]));
    }

    private static string FormatSource(IReadOnlyList<ResumeGain> gains)
    {
        if (gains.Any(gain => gain.IsEmulated))
            return " (emulated)";
        return gains.Any(gain => gain.IsThroughPageCache) ? " (page cache)" : "";
    }

    private static IEnumerable<string> FormatRow(ResumeGain gain)
    {
        yield return NumberFormat.Tokens(gain.ContextTokens);
        yield return FormatSeconds(gain.ComputedTtftSeconds);
        yield return FormatSeconds(gain.ResumedTtftSeconds);
        yield return $"{FormatFactor(gain.Factor.Value)} {CellFormat.Interval(gain.Factor, FormatFactor)}".TrimEnd();
        yield return NumberFormat.Bytes(gain.StateBytes);
        yield return FormatBandwidth(gain.ReadBytesPerSecond);
        yield return FormatBandwidth(gain.BreakEvenBytesPerSecond);
    }

    private static string FormatSeconds(MetricSummary figure) => NumberFormat.Duration(figure.Median);

    private static string FormatFactor(double factor) => factor.ToString(factor >= 100 ? "#,0" : "0.0#", CultureInfo.InvariantCulture);

    private static string FormatBandwidth(double? bytesPerSecond) =>
        bytesPerSecond is { } speed ? $"{NumberFormat.Bytes(speed)}/s" : NumberFormat.Absent;
}
