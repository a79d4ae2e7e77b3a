using MemoryWall.Analysis.Walls;
using MemoryWall.Charts;
using MemoryWall.Core.Units;
using MemoryWall.Reporting;

namespace MemoryWall.Notebooks.Views;

/// <summary>Systems at one limit: what each does at each context, what storage allows it, and what follows.</summary>
internal static class SystemsView
{
    public static View Create(SystemsComparison comparison)
    {
        // Above what memory itself allows the storage is no limit.
        var fastest = comparison.Systems.SelectMany(system => system.Cells).Max(cell => cell.GenerationTps) ?? 0;
        var rows = from context in comparison.Systems.SelectMany(system => system.Cells).Select(cell => cell.ContextTokens).Distinct()
            .Order()
                   from system in comparison.Systems
                   from cell in system.Cells.Where(cell => cell.ContextTokens == context)
                   select FormatRow(system, cell, fastest);
        return new View().AddTable(new TextTable(
            [new("context"), new("system", IsNumber: false), new("TTFT"), new("generation"), new("from storage a token"),
                new("storage allows"), new("written / 1M tokens"), new("regime", IsNumber: false)], [.. rows]))
            .AddItems(comparison.Sentences);
    }

    private static IReadOnlyList<string> FormatRow(ComparedSystem system, SystemCell cell, double fastest) =>
    [
        NumberFormat.Tokens(cell.ContextTokens),
        system.IsEmulated ? $"{system.Name} (emulated storage)" : system.Name,
        NumberFormat.Duration(cell.TtftSeconds),
        cell.GenerationTps is { } rate ? (cell.IsBound ? "≤ " : "") + NumberFormat.Rate(rate) : NumberFormat.Absent,
        NumberFormat.Bytes(cell.StorageBytesPerToken),
        cell.LimitTps is { } limit
            ? $"{NumberFormat.Rate(limit)}{(cell is { GenerationTps: { } reached, IsBound: false } && limit <= fastest ? $", {NumberFormat.Percent(reached / limit)} reached" : "")}"
            : NumberFormat.Absent,
        NumberFormat.Bytes(cell.WrittenBytesPerMillionTokens),
        cell is { IsUsable: true, Regime: MemoryRegime.Unknown } ? "completed" : RegimeFormat.Name(cell.Regime),
    ];
}
