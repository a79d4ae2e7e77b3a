using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Units;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Resuming against computing, context by context. Nothing is written for a run that resumed nothing.</summary>
internal static class ResumeTable
{
    public static void Write(IAnsiConsole console, IReadOnlyList<ResumeGain> gains)
    {
        if (gains.Count == 0)
            return;
        var table = new Table().Border(TableBorder.Simple);
        var storage = gains.Any(gain => gain.IsEmulated) ? " (emulated)" : gains.Any(gain => gain.IsThroughPageCache) ? " (page cache)" : "";
        foreach (var header in new[] { "context", "TTFT computed", "TTFT resumed", "times as soon", "state", "taken up at" + storage, "break-even" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var gain in gains)
            table.AddRow(Row(gain).Select(cell => new Text(cell)));
        console.Write(table);
    }

    private static IEnumerable<string> Row(ResumeGain gain)
    {
        yield return Cells.Tokens(gain.ContextTokens);
        yield return Seconds(gain.ComputedTtftSeconds);
        yield return Seconds(gain.ResumedTtftSeconds);
        yield return $"{Times(gain.Factor.Value)} {Cells.Interval(gain.Factor, Times)}".TrimEnd();
        yield return gain.StateBytes is { } bytes ? new ByteSize((long)bytes).ToString() : Cells.Absent;
        yield return Speed(gain.ReadBytesPerSecond);
        yield return Speed(gain.BreakEvenBytesPerSecond);
    }

    private static string Seconds(MetricSummary figure) => Cells.Seconds(TimeSpan.FromSeconds(figure.Median));

    private static string Times(double factor) => factor.ToString(factor >= 100 ? "#,0" : "0.0#", CultureInfo.InvariantCulture);

    private static string Speed(double? bytesPerSecond) => bytesPerSecond is { } speed ? $"{new ByteSize((long)speed)}/s" : Cells.Absent;
}
