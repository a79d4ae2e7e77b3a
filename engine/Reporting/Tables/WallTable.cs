using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Walls;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>The memory walls of runs: the regime of each trial of one run, and all walls side by side.</summary>
internal static class WallTable
{
    private static readonly TableColumn<RunReport>[] s_keys =
    [
        new("cap", run => CapPhrases.FormatSize(run.Manifest.Plan.Cap)),
        new("swap", run => CapPhrases.FormatSwap(run.Manifest.Plan.Cap)),
    ];

    private static readonly TableColumn<RunReport>[] s_positions =
    [
        .. s_keys,
        new("forecast wall", run => WallPhrases.FormatForecastTokens(run.WallVerdict.Forecast)),
        new("fits up to", run => NumberFormat.Tokens(run.WallVerdict.InsideTokens)),
        new("exceeds from", run => NumberFormat.Tokens(run.WallVerdict.BeyondTokens)),
        new("forecast error", run => run.WallVerdict.Forecast is { Error: 0 }
            ? "none"
            : NumberFormat.Deviation(run.WallVerdict.Forecast?.Error)),
    ];

    private static readonly TableColumn<RunReport>[] s_times =
    [
        .. s_keys,
        new("per token inside", run => RateCells.FormatTimePerToken(run.WallVerdict.InsideTps, isBound: false)),
        new("per token beyond",
            run => RateCells.FormatTimePerToken(run.WallVerdict.Beyond?.Tps, run.WallVerdict.Beyond is { IsBound: true })),
        new("times slower", run => WallPhrases.FormatSlowdown(run.WallVerdict.Beyond)),
        new("slowest", run => run.WallVerdict.Slowest is { Slowdown: not null } slowest
            ? $"{WallPhrases.FormatSlowdown(slowest)} at {NumberFormat.Tokens(slowest.ContextTokens)}"
            : NumberFormat.Absent),
        new("beyond the wall", run => WallPhrases.FormatCell(run.WallVerdict), IsNumber: false),
    ];

    /// <summary>Where each wall is and was forecast.</summary>
    public static TextTable CreatePositions(IEnumerable<RunReport> runs) => s_positions.ToTable(runs, s_keys.Length);

    /// <summary>How fast each system is on both sides of its wall.</summary>
    public static TextTable CreateTimes(IEnumerable<RunReport> runs) => s_times.ToTable(runs, s_keys.Length);

    /// <summary>The regime of each trial. Columns that are empty for this target are left out.</summary>
    public static TextTable CreateRegimes(RunReport run)
    {
        var wall = run.Wall;
        var rows = wall.Regimes.OrderBy(regime => regime.ContextTokens).ThenBy(regime => regime.Trial)
            .Select(regime => new RegimeRow(regime, run.TrialsByNumber[regime.Trial],
                wall.Tiers.FirstOrDefault(placement => placement.Trial == regime.Trial))).ToList();
        var columns = new List<TableColumn<RegimeRow>>
        {
            new("context", row => NumberFormat.Tokens(row.Regime.ContextTokens)),
            new("generation t/s", row => RateCells.FormatGenerationRate(row.View)),
            new("per token", row => RateCells.FormatTimePerToken((row.View.GenerationRate ?? row.View.MaxGenerationRate)?.PerSecond,
                row.View.GenerationRate is null), DropOrder: 4),
        };
        if (rows.Any(row => row.Regime.StorageBytesPerToken is not null))
            columns.Add(new("storage read per token", row => NumberFormat.Bytes(row.Regime.StorageBytesPerToken), DropOrder: 6));
        // An external server reports at most the bytes on its accelerator.
        if (run.Trials.Any(view => view.Trial.AcceleratorBytes > 0))
            columns.Add(new("accelerator", row => NumberFormat.Bytes(row.View.Trial.AcceleratorBytes)));
        if (wall.Tiers.Count > 0)
            columns.AddRange(
            [
                new("weights in RAM", row => NumberFormat.Bytes(row.Tiers?.MemoryWeightBytes), DropOrder: 2),
                new("weights in file", row => NumberFormat.Bytes(row.Tiers?.StorageWeightBytes), DropOrder: 1),
                new("KV in RAM", row => NumberFormat.Bytes(row.Tiers?.MemoryKvBytes), DropOrder: 3),
                new("KV in swap", row => NumberFormat.Bytes(row.Tiers?.StorageKvBytes), DropOrder: 5),
            ]);
        columns.Add(new("regime", row => RegimeFormat.Name(row.Regime.Regime)
            + (row.View.Has<Interference>() ? " (interference)" : ""), IsNumber: false));
        return columns.ToTable(rows);
    }

    private sealed record RegimeRow(TrialRegime Regime, TrialView View, TierPlacement? Tiers);
}
