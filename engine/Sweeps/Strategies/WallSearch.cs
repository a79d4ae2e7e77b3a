using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>
/// Searches for the memory wall: contexts double until one no longer fits in memory, then the gap is halved until it is as narrow as the
/// plan asks. The largest context that fits is repeated; if it fails then, the search continues below it.
/// </summary>
internal sealed class WallSearch(SweepPlan plan, ModelShape? shape, int maxTokens) : ISweepStrategy
{
    private const int GrowthFactor = 2;

    // llama.cpp reserves its KV cache in steps of 256 tokens: contexts are chosen so that their windows end on a step.
    private const int KvCellAlignment = 256;

    // The limit also ends a search that finds only failures of other kinds.
    private const int MaxSteps = 64;

    private readonly WallPlan _wall = plan.Wall!;
    private int _warmups;

    public IReadOnlyList<SweepStep> PlannedSteps { get; } =
        [.. Enumerable.Repeat(new SweepStep(plan.Wall!.FromTokens, Repetition: 0, Concurrency: 1), plan.Warmups),
            new SweepStep(plan.Wall!.FromTokens, 1, 1)];

    public SweepStep? Next(IReadOnlyList<Trial> done)
    {
        if (_warmups < plan.Warmups)
            return PlannedSteps[_warmups++];
        var measured = done.Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup) && trial.Outcome is not Cancelled).ToList();
        if (measured.Count >= MaxSteps)
            return null;
        var regimes = RegimeClassifier.Classify(TrialReview.Review(measured), shape);
        var (inside, beyond) = WallReport.FindEdge(regimes);
        if (measured.Count == 0)
            return CreateStep(_wall.FromTokens, measured);
        // A failure for another reason shows neither side of the wall, and larger contexts would show no more.
        if (beyond is null && regimes[^1].Regime == MemoryRegime.Unknown)
            return null;
        if (beyond is null)
            return inside is { } reached && reached < maxTokens
                ? CreateStep(Math.Min(maxTokens, AlignToKvCells((long)reached * GrowthFactor)), measured)
                : null;
        // Where the first context does not fit, the smallest possible one shows whether any does.
        if (inside is null && beyond > MinContext && measured.All(trial => trial.ContextTokens != MinContext))
            return CreateStep(MinContext, measured);
        var low = inside ?? 0;
        if (beyond - low > Math.Max(_wall.MinStepTokens, _wall.Tolerance * beyond.Value))
        {
            var middle = AlignToKvCells(low + (beyond.Value - low) / 2);
            // A context that was tried and is on neither side failed for another reason, and would do so again.
            if (middle > low && middle < beyond)
                return measured.Any(trial => trial.ContextTokens == middle) ? null : CreateStep(middle, measured);
        }
        var tries = measured.Count(trial => trial.ContextTokens == inside);
        return inside is { } edge && tries < 2 ? CreateStep(edge, measured) : null;
    }

    private static SweepStep CreateStep(int context, IReadOnlyList<Trial> done) =>
        new(context, 1 + done.Count(trial => trial.ContextTokens == context), 1);

    // The context whose window is the smallest KV cache that llama.cpp reserves.
    private int MinContext => AlignToKvCells(KvCellAlignment);

    private int AlignToKvCells(long context) => plan.WindowRule.AlignContext(context, KvCellAlignment);
}
