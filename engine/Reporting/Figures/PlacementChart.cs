using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Walls;
using MemoryWall.Charts;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Figures;

/// <summary>Where weights and KV cache were at the end of each context, stacked by tier, from the counters of the measured trial.</summary>
internal static class PlacementChart
{
    private static readonly (string Name, ChartColor Color, Func<PlacementRow, double> Bytes)[] s_tiers =
    [
        ("weights and KV cache on the accelerator (tier 1)", ChartColor.Green, row => row.AcceleratorBytes),
        ("weights in RAM (tier 2)", ChartColor.Grey, row => row.MemoryWeightBytes),
        ("KV cache in RAM (tier 2)", ChartColor.Blue, row => row.MemoryKvBytes),
        ("KV cache on storage (tier 3)", ChartColor.Vermilion, row => row.StorageKvBytes),
        ("weights on storage (tier 3)", ChartColor.Orange, row => row.StorageWeightBytes),
    ];

    public static Chart Create(RunReport run)
    {
        var rows = run.Wall.Tiers.GroupBy(tier => tier.ContextTokens).OrderBy(group => group.Key)
            .Select(group => PlacementRow.Create(group.Last(), run.Run.Trials.Last(trial => trial.Number == group.Last().Trial)))
            .ToList();
        var failed =
            run.Run.Trials.Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup) && trial.IsFailure())
            .GroupBy(trial => trial.ContextTokens).Select(group => group.First()).ToList();
        // Crosses alone do not say where anything was.
        if (rows.Count == 0)
            failed = [];
        var labels = rows.Select(row => row.ContextTokens).Concat(failed.Select(trial => trial.ContextTokens)).Distinct().Order().ToList();
        var known = s_tiers.Where(tier => rows.Any(row => tier.Bytes(row) > 0)).ToList();
        return new Chart
        {
            Title = Title(rows, run.Rules.Estimates.MinSpilledShare),
            Subtitle = FigureSubtitle.CreateForTrials(run, rows.Select(row => row.Trial)) + DescribeLimit(run),
            X = Axis.ForCategories("context, tokens", [.. labels.Select(NumberFormat.Context)]),
            Panels =
            [
                new Panel
                {
                    Y = new Axis("weights and KV cache, MiB") { Min = 0 },
                    Marks =
                    [
                        .. known.Select(
                            (tier, index) => new Bars(tier.Name, tier.Color,
                                [.. rows.Where(row => tier.Bytes(row) > 0)
                                    .Select(row => CreateBar(row, known, index, labels.IndexOf(row.ContextTokens)))])),
                        new Scatter("", ChartColor.Vermilion,
                            [.. failed.Select(
                                trial => new ChartPoint(labels.IndexOf(trial.ContextTokens), 0, OutcomePhrases.FormatEvidence(trial),
                                    WordFormat.Words(trial.Outcome.Kind)))], Symbol.Cross),
                    ],
                    ReferenceLines = run.Manifest.Plan.Cap is { } cap
                        ? [new ReferenceLine(ReferenceLineDirection.Horizontal, new ByteSize(cap.Bytes).Mebibytes,
                            $"memory limit, {NumberFormat.Bytes(cap.Bytes)}")]
                        : [],
                },
            ],
            Notes = ["Compute buffers and the program itself also count against the limit; they are not drawn."],
            Table = new TextTable([new TextColumn("context"), .. s_tiers.Select(tier => new TextColumn(tier.Name))],
                [.. rows.Select(
                    row => (IReadOnlyList<string>)[NumberFormat.Tokens(row.ContextTokens),
                        .. s_tiers.Select(tier => NumberFormat.Bytes(tier.Bytes(row)))])]),
        };
    }

    private static ChartRange CreateBar(PlacementRow row,
        IReadOnlyList<(string Name, ChartColor Color, Func<PlacementRow, double> Bytes)> tiers, int index, int at)
    {
        var below = tiers.Take(index).Sum(tier => tier.Bytes(row));
        return new ChartRange(at, below / ByteSize.MiB, (below + tiers[index].Bytes(row)) / ByteSize.MiB,
            NumberFormat.Bytes(tiers[index].Bytes(row)));
    }

    private static string DescribeLimit(RunReport run) =>
        run.Manifest.Plan.Cap is { } cap ? $" · memory limit {NumberFormat.Bytes(cap.Bytes)}" : "";

    private static string Title(List<PlacementRow> rows, double minSpilledShare)
    {
        if (rows.Count == 0)
            return "The placement of weights and KV cache is unknown: the server's memory counters could not be read";
        var (last, spilled) = (rows[^1],
            rows.Find(row => row.StorageBytes > minSpilledShare * row.TotalBytes));
        return spilled is null
            ? $"All weights and the whole KV cache are in fast memory, up to {NumberFormat.Context(last.ContextTokens)} tokens"
            : $"From {NumberFormat.Context(spilled.ContextTokens)} tokens on, not everything fits in RAM; "
                + $"at {NumberFormat.Context(last.ContextTokens)}, "
                + $"{NumberFormat.Percent(last.StorageBytes / last.TotalBytes)} of weights and KV cache is on storage";
    }

    private sealed record PlacementRow(int ContextTokens, int Trial, double AcceleratorBytes, double MemoryWeightBytes,
        double MemoryKvBytes, double StorageKvBytes, double StorageWeightBytes)
    {
        public double TotalBytes => AcceleratorBytes + MemoryWeightBytes + MemoryKvBytes + StorageBytes;

        public double StorageBytes => StorageKvBytes + StorageWeightBytes;

        // A managed tier reports its own placement, which the operating system's counters do not show.
        public static PlacementRow Create(TierPlacement tiers, Trial trial) =>
            trial.Tier is { StreamedWeightBytes: { } streamed, StreamedKvBytes: { } cache, StoredExpertBytes: var experts }
            && streamed + (experts ?? 0) is var weights
            ? new(tiers.ContextTokens, trial.Number, tiers.AcceleratorBytes, tiers.MemoryWeightBytes + tiers.StorageWeightBytes - weights,
                tiers.MemoryKvBytes + tiers.StorageKvBytes - cache, cache, weights)
            : new(tiers.ContextTokens, trial.Number, tiers.AcceleratorBytes, tiers.MemoryWeightBytes, tiers.MemoryKvBytes,
                tiers.StorageKvBytes, tiers.StorageWeightBytes);
    }
}
