using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>
/// Searches for the memory wall: contexts double until one no longer fits in memory, then the gap is halved until it is as narrow as the
/// plan asks. The largest context that fits is repeated; if it fails then, the search continues below it. A context that is slow without
/// evidence of memory, or whose evidence others can cause, is repeated before the search believes it; a slowdown that remains is no wall,
/// and the search goes on past it.
/// </summary>
internal sealed class WallSearch(SweepPlan plan, int maxTokens) : ISweepStrategy
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

    public SweepStep? Next(RunReport soFar)
    {
        if (_warmups < plan.Warmups)
            return PlannedSteps[_warmups++];
        var measured = soFar.Trials.Select(view => view.Trial)
            .Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup) && trial.Outcome is not Cancelled).ToList();
        if (measured.Count == 0)
            return CreateStep(_wall.FromTokens, measured);
        if (measured.Count >= MaxSteps)
            return null;
        var wall = soFar.Wall;
        return FindDoubtfulContext(wall, measured, soFar.Rules.Walls) is { } doubtful ? CreateStep(doubtful, measured)
            : wall.BeyondTokens is { } beyond ? Narrow(wall.InsideTokens, beyond, wall.Regimes, measured)
            : Grow(wall.Regimes, measured);
    }

    // A context whose trials do not decide yet.
    private static int? FindDoubtfulContext(WallReport wall, IReadOnlyList<Trial> measured, WallRules rules)
    {
        bool CanRepeat(int context) => CountTries(measured, context) < rules.MaxTries;
        var unconfirmed = wall.UnconfirmedTokens.Where(CanRepeat).Select(context => (int?)context).FirstOrDefault();
        // Evidence that others can cause must be seen again at the edge itself.
        var shared = wall.BeyondTokens is { } beyond && CountTries(measured, beyond) < 2
            && wall.Regimes.Where(regime => regime.ContextTokens == beyond && regime.IsBeyondWall)
                .All(regime => regime.CanBeCausedByOthers)
                ? wall.BeyondTokens
                : null;
        // One more trial shows whether a slowdown was a neighbour's.
        var slowed = wall.SlowedTokens.Where(context => CountTries(measured, context) < 2).Select(context => (int?)context)
            .FirstOrDefault();
        return unconfirmed ?? shared ?? slowed;
    }

    private SweepStep? Grow(IReadOnlyList<TrialRegime> regimes, IReadOnlyList<Trial> measured)
    {
        // A failure for another reason shows neither side of the wall, and larger contexts would show no more.
        if (regimes[^1] is { Regime: MemoryRegime.Unknown, Evidence: OutcomeEvidence })
            return null;
        var reached = regimes.Max(regime => regime.ContextTokens);
        return reached < maxTokens
            ? CreateStep(Math.Min(maxTokens, AlignToKvCells((long)reached * GrowthFactor)), measured)
            : null;
    }

    private SweepStep? Narrow(int? inside, int beyond, IReadOnlyList<TrialRegime> regimes, IReadOnlyList<Trial> measured)
    {
        // Where the first context does not fit, the smallest possible one shows whether any does.
        if (inside is null && beyond > MinContext && CountTries(measured, MinContext) == 0)
            return CreateStep(MinContext, measured);
        var low = inside ?? 0;
        if (beyond - low > Math.Max(_wall.MinStepTokens, _wall.Tolerance * beyond))
        {
            var middle = AlignToKvCells(low + (beyond - low) / 2);
            // A context that was tried and is on neither side failed for another reason, and would do so again.
            if (middle > low && middle < beyond)
                return CountTries(measured, middle) > 0 ? null : CreateStep(middle, measured);
        }
        return inside is { } edge && regimes.Count(regime => regime.ContextTokens == edge) < 2 ? CreateStep(edge, measured) : null;
    }

    private static int CountTries(IReadOnlyList<Trial> measured, int context) => measured.Count(trial => trial.ContextTokens == context);

    private static SweepStep CreateStep(int context, IReadOnlyList<Trial> done) => new(context, 1 + CountTries(done, context), 1);

    // The context whose window is the smallest KV cache that llama.cpp reserves.
    private int MinContext => AlignToKvCells(KvCellAlignment);

    private int AlignToKvCells(long context) => plan.WindowRule.AlignContext(context, KvCellAlignment);
}
