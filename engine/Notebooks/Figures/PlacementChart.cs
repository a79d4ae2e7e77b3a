using MemoryWall.Analysis.Walls;
using MemoryWall.Charts;
using MemoryWall.Facts;

namespace MemoryWall.Notebooks.Figures;

/// <summary>Where weights and KV cache lay at the end of each context, tier on tier, as counted while it was measured.</summary>
internal static class PlacementChart
{
    private const double Mebi = 1048576;

    // Weights that no token has touched yet lie in their file: less than this part is no spill.
    private const double LeastPart = 0.02;
    private static readonly (string Name, Ink Color, Func<Placement, double> Bytes)[] s_tiers =
    [
        ("weights and KV cache on the accelerator (tier 1)", Ink.Green, row => row.Accelerator),
        ("weights in RAM (tier 2)", Ink.Grey, row => row.WeightsInMemory),
        ("KV cache in RAM (tier 2)", Ink.Blue, row => row.CacheInMemory),
        ("KV cache on storage (tier 3)", Ink.Vermilion, row => row.CacheOnStorage),
        ("weights on storage (tier 3)", Ink.Orange, row => row.WeightsOnStorage),
    ];

    public static Chart Of(Run run)
    {
        var rows = WallAnalysis.Analyze(run).Tiers.GroupBy(tier => tier.ContextTokens).OrderBy(group => group.Key).Select(group => Placement.Of(group.Last(), run.Trials.Last(trial => trial.Number == group.Last().Trial))).ToList();
        var failed = run.Trials.Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup) && trial.Outcome is not (Completed or Cancelled)).GroupBy(trial => trial.ContextTokens).Select(group => group.First()).ToList();
        var labels = rows.Select(row => row.ContextTokens).Concat(failed.Select(trial => trial.ContextTokens)).Distinct().Order().ToList();
        var known = s_tiers.Where(tier => rows.Any(row => tier.Bytes(row) > 0)).ToList();
        return new Chart
        {
            Title = Title(rows),
            Subtitle = RunLabels.Origin([run]),
            X = Axis.Steps("context, tokens", [.. labels.Select(Say.Context)]),
            Panels =
            [
                new Panel
                {
                    Y = new Axis("weights and KV cache, MiB") { Min = 0 },
                    Marks =
                    [
                        .. known.Select((tier, index) => new Bars(tier.Name, tier.Color, [.. rows.Where(row => tier.Bytes(row) > 0).Select(row => Bar(row, known, index, labels.IndexOf(row.ContextTokens)))])),
                        new Scatter("", Ink.Vermilion, [.. failed.Select(trial => new ChartPoint(labels.IndexOf(trial.ContextTokens), 0, trial.Outcome.Detail, Say.Kind(trial.Outcome.Kind)))], Symbol.Cross),
                    ],
                    Rules = run.Manifest.Plan.Cap is { } cap ? [new Rule(RuleDirection.Horizontal, cap.Bytes / Mebi, $"limit, {Say.Bytes(cap.Bytes)}")] : [],
                },
            ],
            Notes = ["Compute buffers and the program itself need room under the limit as well; they are not drawn."],
            Table = new TextTable([new TextColumn("context"), .. s_tiers.Select(tier => new TextColumn(tier.Name))],
                [.. rows.Select(row => (IReadOnlyList<string>)[Say.Tokens(row.ContextTokens), .. s_tiers.Select(tier => Say.Bytes(tier.Bytes(row)))])]),
        };
    }

    private static ChartRange Bar(Placement row, IReadOnlyList<(string Name, Ink Color, Func<Placement, double> Bytes)> tiers, int index, int at)
    {
        var below = tiers.Take(index).Sum(tier => tier.Bytes(row));
        return new ChartRange(at, below / Mebi, (below + tiers[index].Bytes(row)) / Mebi, Say.Bytes(tiers[index].Bytes(row)));
    }

    private static string Title(List<Placement> rows)
    {
        if (rows.Count == 0)
            return "Where the memory lay is not known: the server's counters could not be read";
        var (last, spilled) = (rows[^1], rows.Find(row => row.OnStorage > LeastPart * row.All));
        return spilled is null
            ? $"All weights and keys and values lie in fast memory, up to {Say.Context(last.ContextTokens)}"
            : $"From {Say.Context(spilled.ContextTokens)} on storage holds a part: {Say.Percent(last.OnStorage / last.All)} of weights and KV cache at {Say.Context(last.ContextTokens)}";
    }

    private sealed record Placement(int ContextTokens, double Accelerator, double WeightsInMemory, double CacheInMemory, double CacheOnStorage, double WeightsOnStorage)
    {
        public double All => Accelerator + WeightsInMemory + CacheInMemory + OnStorage;

        public double OnStorage => CacheOnStorage + WeightsOnStorage;

        // A managed tier says itself what it keeps where; the system's counters do not see it.
        public static Placement Of(TierPlacement tiers, Trial trial) => trial.Tier is { StreamedWeightBytes: { } weights, StreamedKvBytes: { } cache }
            ? new(tiers.ContextTokens, tiers.AcceleratorBytes, tiers.MemoryWeightBytes + tiers.StorageWeightBytes - weights, tiers.MemoryKvBytes + tiers.StorageKvBytes - cache, cache, weights)
            : new(tiers.ContextTokens, tiers.AcceleratorBytes, tiers.MemoryWeightBytes, tiers.MemoryKvBytes, tiers.StorageKvBytes, tiers.StorageWeightBytes);
    }
}
