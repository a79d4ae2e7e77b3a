using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps;

/// <summary>
/// Looks for the memory wall: contexts double until one is no longer in memory, then the gap is halved until it is as narrow as asked for.
/// The last context inside is run once more; an edge that does not hold twice moves on inward.
/// </summary>
internal sealed class WallSchedule(SweepPlan plan, ModelShape? shape, int maxTokens) : ISchedule
{
    private const int GrowthFactor = 2;

    // llama.cpp makes room in steps of 256 tokens: contexts are chosen so that their windows end there.
    private const int KvCellAlignment = 256;

    // A search that meets nothing but failures of other kinds must end too.
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
        var regimes = RegimeClassifier.Classify(measured, shape);
        var (inside, beyond) = WallAnalysis.FindEdge(regimes);
        if (measured.Count == 0)
            return CreateStep(_wall.FromTokens, measured);
        // Neither inside nor beyond can be told from a trial that failed for other reasons: what lies above it can be told no better.
        if (beyond is null && regimes[^1].Regime == MemoryRegime.Unknown)
            return null;
        if (beyond is null)
            return inside is { } reached && reached < maxTokens
                ? CreateStep(Math.Min(maxTokens, AlignToKvCells((long)reached * GrowthFactor)), measured)
                : null;
        // Where not even the first context fits, the smallest there is tells at once whether any does.
        if (inside is null && beyond > MinContext && measured.All(trial => trial.ContextTokens != MinContext))
            return CreateStep(MinContext, measured);
        var low = inside ?? 0;
        if (beyond - low > Math.Max(_wall.MinStepTokens, _wall.Tolerance * beyond.Value))
        {
            var middle = AlignToKvCells(low + (beyond.Value - low) / 2);
            // One that was tried and is on neither side failed for other reasons: it would do so again.
            if (middle > low && middle < beyond)
                return measured.Any(trial => trial.ContextTokens == middle) ? null : CreateStep(middle, measured);
        }
        var tries = measured.Count(trial => trial.ContextTokens == inside);
        return inside is { } edge && tries < 2 ? CreateStep(edge, measured) : null;
    }

    private static SweepStep CreateStep(int context, IReadOnlyList<Trial> done) =>
        new(context, 1 + done.Count(trial => trial.ContextTokens == context), 1);

    // The context whose window is the first cells that llama.cpp makes.
    private int MinContext => AlignToKvCells(KvCellAlignment);

    // The largest context not above this one whose window fills its last cell.
    private int AlignToKvCells(long context)
    {
        var beside = plan.OutputTokens + plan.WindowMarginTokens;
        var window = (context + beside) / KvCellAlignment * KvCellAlignment;
        return (int)Math.Max(1, Math.Min(int.MaxValue, window) - beside);
    }
}
