using System.Globalization;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Units;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>A comparison of systems for people: what each did at each context, and what follows.</summary>
internal static class SystemsComparisonWriter
{
    public static void Write(IAnsiConsole console, SystemsComparison comparison)
    {
        var table = new Table().Border(TableBorder.Simple);
        var baseline = comparison.Baseline is { } name ? (string[])[$"times {name}"] : [];
        foreach (var header in (string[])["context", "system", "TTFT", "generation t/s", .. baseline, "from storage a token",
            "storage allows", "written / 1M tokens", "regime"])
            table.AddColumn(
                header is "system" or "regime" ? new TableColumn(header).NoWrap() : new TableColumn(header).RightAligned().NoWrap());
        // Above what memory itself allows the storage is no limit.
        var fastest = comparison.Systems.SelectMany(system => system.Cells).Max(cell => cell.GenerationTps) ?? 0;
        foreach (var context in comparison.Systems.SelectMany(system => system.Cells).Select(cell => cell.ContextTokens).Distinct().Order())
        {
            foreach (var system in comparison.Systems)
            {
                if (system.Cells.FirstOrDefault(cell => cell.ContextTokens == context) is { } cell)
                    table.AddRow(
                        FormatRow(system, cell, fastest, baseline.Select(_ => FormatGain(comparison, system, context)))
                            .Select(text => new Text(text)));
            }
        }
        console.Write(table);
        foreach (var sentence in comparison.Sentences)
            console.WriteLine($"• {sentence}");
        console.WriteLine($"runs: {string.Join(", ", comparison.Systems.Select(system => $"{system.Name} {system.RunId}"))}");
    }

    private static IEnumerable<string> FormatRow(ComparedSystem system, SystemCell cell, double fastest, IEnumerable<string> times)
    {
        yield return NumberFormat.Tokens(cell.ContextTokens);
        yield return system.IsEmulated ? $"{system.Name} (emulated storage)" : system.Name;
        yield return NumberFormat.Duration(cell.TtftSeconds);
        yield return cell.GenerationTps is { } rate ? (cell.IsBound ? "≤ " : "") + new TokenRate(rate) : NumberFormat.Absent;
        foreach (var text in times)
            yield return text;
        yield return FormatBytes(cell.StorageBytesPerToken);
        yield return cell.LimitTps is { } limit
            ? string.Create(CultureInfo.InvariantCulture,
                $"{new TokenRate(limit)}{(cell.GenerationTps is { } reached && !cell.IsBound && limit <= fastest ? $", {reached / limit:0%} reached" : "")}")
            : NumberFormat.Absent;
        yield return FormatBytes(cell.WrittenBytesPerMillionTokens);
        yield return (cell is { IsUsable: true, Regime: MemoryRegime.Unknown } ? "completed" : WallReportWriter.FormatRegime(cell.Regime))
            + CellFormat.InterferenceNote(cell.InterferenceCount);
    }

    private static string FormatGain(SystemsComparison comparison, ComparedSystem system, int context) =>
        comparison.Gains.FirstOrDefault(
            gain => gain.System == system.Name && gain.Over == comparison.Baseline && gain.ContextTokens == context) is
        { Factor: { } factor } found
            ? string.Create(CultureInfo.InvariantCulture,
                $"{(found.IsLowerBound ? "≥ " : "")}{factor:0.0#}{(found is { Low: { } low, High: { } high } ? $" ({low:0.0#} – {high:0.0#})" : "")}")
            : NumberFormat.Absent;

    private static string FormatBytes(double? bytes) => bytes is { } value ? new ByteSize((long)value).ToString() : NumberFormat.Absent;
}
