using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Walls;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>The table of compared systems: one row for each context and system.</summary>
internal static class SystemsTable
{
    public static TextTable Create(SystemsReport comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        var cells = comparison.Systems.SelectMany(system => system.Cells).ToList();
        // A limit above the fastest measured rate is not set by storage.
        var fastest = cells.Max(cell => cell.GenerationTps) ?? 0;
        TextColumn[] baseline = comparison.Baseline is { } name ? [new($"times {name}", DropOrder: 1)] : [];
        var hasExperts = cells.Any(cell => cell.ExpertHitShare is not null);
        // A prompt that is not computed has no TTFT.
        var hasTtft = cells.Any(cell => cell.TtftSeconds is not null);
        TextColumn[] ttft = hasTtft ? [new("TTFT")] : [];
        TextColumn[] experts = hasExperts ? [new("experts in memory", DropOrder: 5)] : [];
        TextColumn[] columns =
        [
            new("context"), new("system", IsNumber: false), .. ttft, new("generation"), .. baseline,
            .. experts, new("from storage a token", DropOrder: 4), new("storage allows (reached)", DropOrder: 3),
            new("written / 1M tokens", DropOrder: 2), new("regime", IsNumber: false),
        ];
        var rows = from context in cells.Select(cell => cell.ContextTokens).Distinct().Order()
                   from system in comparison.Systems
                   from cell in system.Cells
                   where cell.ContextTokens == context
                   select CreateRow(comparison, system, cell, fastest, hasTtft, hasExperts);
        return new TextTable(columns, [.. rows]) { KeyColumns = 2 };
    }

    private static IReadOnlyList<string> CreateRow(SystemsReport comparison, ComparedSystem system, SystemCell cell, double fastest,
        bool hasTtft, bool hasExperts) =>
    [
        NumberFormat.Tokens(cell.ContextTokens),
        system.IsEmulated ? $"{system.Name} (emulated storage)" : system.Name,
        .. hasTtft ? (string[])[NumberFormat.Duration(cell.TtftSeconds)] : [],
        (cell.IsBound ? "≤ " : "") + NumberFormat.Rate(cell.GenerationTps),
        .. comparison.Baseline is null ? (string[])[] : [FormatGain(comparison, system, cell.ContextTokens)],
        .. hasExperts ? (string[])[NumberFormat.Percent(cell.ExpertHitShare)] : [],
        NumberFormat.Bytes(cell.StorageBytesPerToken),
        FormatLimit(cell, fastest),
        NumberFormat.Bytes(cell.WrittenBytesPerMillionTokens),
        FormatRegime(cell),
    ];

    private static string FormatLimit(SystemCell cell, double fastest) =>
        cell is { LimitTps: { } limit, GenerationTps: { } rate, IsBound: false } && limit <= fastest
            ? $"{NumberFormat.Rate(limit)} ({NumberFormat.Percent(rate / limit)})"
            : NumberFormat.Rate(cell.LimitTps);

    private static string FormatRegime(SystemCell cell)
    {
        var regime = cell is { IsUsable: true, Regime: MemoryRegime.Unknown } ? "completed" : RegimeFormat.Name(cell.Regime);
        return regime + RateCells.FormatInterference(cell.InterferenceCount, cell.InterferenceLeftOut);
    }

    private static string FormatGain(SystemsReport comparison, ComparedSystem system, int context)
    {
        var gain = comparison.Gains.FirstOrDefault(
            gain => gain.System == system.Name && gain.Over == comparison.Baseline && gain.ContextTokens == context);
        if (gain?.Factor is not { } factor)
            return NumberFormat.Absent;
        var interval = gain is { Low: { } low, High: { } high }
            ? $" ({NumberFormat.Ratio(low)} – {NumberFormat.Ratio(high)})"
            : "";
        return (gain.IsLowerBound ? "≥ " : "") + NumberFormat.Ratio(factor) + interval;
    }
}
