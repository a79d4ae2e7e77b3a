using MemoryWall.Analysis.Review;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Walls;

/// <summary>The memory wall of a run: its forecast, its position, and what happens beyond it.</summary>
internal sealed record WallReport
{
    /// <summary>The memory limit: the cap, or the memory that was available; absent for a server whose memory cannot be
    /// read.</summary>
    public long? BudgetBytes { get; init; }

    /// <summary>Bytes of the model's weights; absent where unknown.</summary>
    public long? WeightBytes { get; init; }

    /// <summary>The largest context forecast to stay in memory, in tokens, 0 where no context was forecast to fit; absent without a
    /// forecast.</summary>
    public int? PredictedTokens { get; init; }

    /// <summary>Whether the system had the managed storage tier: <see cref="PredictedTokens"/> is for a system without it.</summary>
    public bool HasTier { get; init; }

    /// <summary>The largest context in memory below the wall; absent where no context was in memory.</summary>
    public int? InsideTokens { get; init; }

    /// <summary>The smallest context beyond the wall; absent where no wall was found.</summary>
    public int? BeyondTokens { get; init; }

    /// <summary>(predicted − measured) / measured, where the measured wall is <see cref="InsideTokens"/>; 0 where the forecast is between
    /// two close edges. Absent where one of them is, and where the forecast is between two edges that are far apart, as after an
    /// interrupted search.</summary>
    public double? Error { get; init; }

    /// <summary>The regime just beyond the wall; absent where no wall was found.</summary>
    public TrialRegime? Beyond { get; init; }

    /// <summary>Tokens per second just before the wall.</summary>
    public double? InsideTps { get; init; }

    /// <summary>Tokens per second just beyond the wall; an upper bound where <see cref="BeyondIsBound"/>. Absent where nothing was
    /// generated.</summary>
    public double? BeyondTps { get; init; }

    /// <summary>Whether <see cref="BeyondTps"/> comes from a stopped trial and is an upper bound.</summary>
    public bool BeyondIsBound { get; init; }

    /// <summary>Throughput just before the wall divided by that just beyond it; a lower bound where <see cref="BeyondIsBound"/>. Absent
    /// where one of them is.</summary>
    public double? CollapseFactor => InsideTps / BeyondTps;

    /// <summary>The slowest trial at larger contexts that still generated; absent where none was slower than the trial just beyond the
    /// wall.</summary>
    public TrialRegime? Slowest { get; init; }

    /// <summary>Tokens per second of <see cref="Slowest"/>; an upper bound where <see cref="SlowestIsBound"/>.</summary>
    public double? SlowestTps { get; init; }

    /// <summary>Whether <see cref="SlowestTps"/> comes from a stopped trial and is an upper bound.</summary>
    public bool SlowestIsBound { get; init; }

    /// <summary>Throughput just before the wall divided by that of <see cref="Slowest"/>; a lower bound where <see cref="SlowestIsBound"/>.
    /// Absent where one of them is.</summary>
    public double? WorstFactor => InsideTps / SlowestTps;

    /// <summary>The regime of every trial.</summary>
    public required IReadOnlyList<TrialRegime> Regimes { get; init; }

    /// <summary>Where the memory of each trial was.</summary>
    public required IReadOnlyList<TierPlacement> Tiers { get; init; }

    /// <summary>Analyzes the wall of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="trials">Its reviewed trials.</param>
    public static WallReport Create(Run run, IReadOnlyList<TrialView> trials)
    {
        ArgumentNullException.ThrowIfNull(run);
        var shape = run.Manifest.Target.Shape;
        var regimes = RegimeClassifier.Classify(trials, shape);
        var (inside, beyond) = FindEdge(regimes);
        var budget = run.Manifest.Plan.Cap?.Bytes
            ?? (run.Manifest.Target.Kind == TargetKind.Embedded ? run.Manifest.Machine.MemoryAvailableBytes : null);
        var predicted = WallPredictor.Predict(run.Manifest, budget);
        var insideView = FindTrial(trials,
            regimes.LastOrDefault(regime => regime.ContextTokens == inside && !IsBeyond(regime) && regime.Regime != MemoryRegime.Unknown));
        var first = regimes.Where(regime => regime.ContextTokens == beyond && IsBeyond(regime)).MaxBy(regime => regime.Regime);
        var beyondView = FindTrial(trials, first);
        var (slowest, slowestRate, slowestIsBound) = FindSlowest(trials, regimes, beyond,
            (beyondView?.GenerationRate ?? beyondView?.MaxGenerationRate)?.PerSecond);
        return new WallReport
        {
            BudgetBytes = budget,
            WeightBytes = shape?.WeightBytes,
            PredictedTokens = predicted,
            HasTier = run.Manifest.Plan.Options.Tier is not null,
            InsideTokens = inside,
            BeyondTokens = beyond,
            Error = predicted is { } tokens && inside is { } edge && beyond is { } over
                ? ComputeError(tokens, edge, over, run.Manifest.Plan.Wall ?? new WallPlan { FromTokens = edge })
                : null,
            Beyond = first,
            InsideTps = insideView?.GenerationRate?.PerSecond,
            BeyondTps = beyondView?.GenerationRate?.PerSecond ?? beyondView?.MaxGenerationRate?.PerSecond,
            BeyondIsBound = beyondView is { GenerationRate: null, MaxGenerationRate: not null },
            Slowest = slowest,
            SlowestTps = slowestRate,
            SlowestIsBound = slowestIsBound,
            Regimes = regimes,
            Tiers = [
                .. run.Trials.Where(t => !t.Flags.HasFlag(TrialFlags.Warmup)).Select(t => TierPlacement.Compute(t, run.Manifest))
                    .OfType<TierPlacement>()],
        };
    }

    /// <summary>
    /// The contexts on both sides of the wall. A context whose repetitions differ counts as beyond it.
    /// </summary>
    internal static (int? Inside, int? Beyond) FindEdge(IReadOnlyList<TrialRegime> regimes)
    {
        int? beyond = regimes.Where(IsBeyond).Select(regime => (int?)regime.ContextTokens).Min();
        int? inside = regimes.Where(
            regime => (regime.Regime is MemoryRegime.InMemory or MemoryRegime.Managed) && (beyond is null || regime.ContextTokens < beyond))
            .Select(regime => (int?)regime.ContextTokens).Max();
        return (inside, beyond);
    }

    internal static bool IsBeyond(TrialRegime regime) =>
        regime.Regime is not (MemoryRegime.Unknown or MemoryRegime.InMemory or MemoryRegime.Managed);

    private static (TrialRegime? Regime, double? PerSecond, bool IsBound) FindSlowest(IReadOnlyList<TrialView> trials,
        IReadOnlyList<TrialRegime> regimes,
        int? beyond, double? near)
    {
        var farther = from regime in regimes
                      where regime.ContextTokens > beyond && IsBeyond(regime)
                      let view = FindTrial(trials, regime)!
                      let rate = (view.GenerationRate ?? view.MaxGenerationRate)?.PerSecond
                      where rate is not null && (near is null || rate < near)
                      orderby rate
                      select ((TrialRegime?)regime, rate, view.GenerationRate is null);
        return farther.FirstOrDefault();
    }

    private static double? ComputeError(int predicted, int inside, int beyond, WallPlan plan) =>
        predicted < inside || predicted >= beyond ? ((double)predicted - inside) / inside
        : beyond - inside <= Math.Max(plan.Tolerance * beyond, plan.MinStepTokens) ? 0 : null;

    private static TrialView? FindTrial(IReadOnlyList<TrialView> trials, TrialRegime? regime) =>
        regime is null ? null : trials.First(view => view.Trial.Number == regime.Trial);
}
