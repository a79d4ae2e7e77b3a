using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Walls;

/// <summary>Where the wall of a run was forecast, where it was found, and what it does.</summary>
internal sealed record WallAnalysis
{
    /// <summary>The limit that made the wall: the cap, or the memory that the machine had; absent for a server whose memory cannot be
    /// seen.</summary>
    public long? BudgetBytes { get; init; }

    /// <summary>Bytes of the model's weights; absent where not known.</summary>
    public long? WeightBytes { get; init; }

    /// <summary>The largest context forecast to stay in memory, in tokens, 0 where nothing was to fit; absent where none can be
    /// forecast.</summary>
    public int? PredictedTokens { get; init; }

    /// <summary>Whether the system had the managed storage tier: <see cref="PredictedTokens"/> is of one without it, and the tier is there
    /// to go past it.</summary>
    public bool HasTier { get; init; }

    /// <summary>The largest context that was in memory with none smaller beyond it; absent where every one was beyond.</summary>
    public int? InsideTokens { get; init; }

    /// <summary>The smallest context that was not; absent where no wall was met.</summary>
    public int? BeyondTokens { get; init; }

    /// <summary>(predicted − measured) / measured, where the measured wall is <see cref="InsideTokens"/>; 0 where the forecast lies between
    /// two edges that are close together. Absent where one is, and where the forecast lies between edges too far apart to tell: a search
    /// that was broken off proves nothing.</summary>
    public double? Error { get; init; }

    /// <summary>What happens just beyond; absent where no wall was met.</summary>
    public TrialRegime? Beyond { get; init; }

    /// <summary>Tokens per second just inside.</summary>
    public double? InsideTps { get; init; }

    /// <summary>Tokens per second just beyond; an upper bound where <see cref="BeyondIsBound"/>. Absent where nothing was
    /// generated.</summary>
    public double? BeyondTps { get; init; }

    /// <summary>Whether <see cref="BeyondTps"/> comes from a trial that was stopped: at most so much.</summary>
    public bool BeyondIsBound { get; init; }

    /// <summary>Throughput just inside over just beyond; a lower bound where <see cref="BeyondIsBound"/>. Absent where one is.</summary>
    public double? CollapseFactor => InsideTps / BeyondTps;

    /// <summary>The slowest trial farther out that still generated, where it was slower than the one just beyond; absent where none
    /// was.</summary>
    public TrialRegime? Slowest { get; init; }

    /// <summary>Tokens per second of <see cref="Slowest"/>; an upper bound where <see cref="SlowestIsBound"/>.</summary>
    public double? SlowestTps { get; init; }

    /// <summary>Whether <see cref="SlowestTps"/> comes from a trial that was stopped: at most so much.</summary>
    public bool SlowestIsBound { get; init; }

    /// <summary>Throughput just inside over that of <see cref="Slowest"/>; a lower bound where <see cref="SlowestIsBound"/>. Absent where
    /// one is.</summary>
    public double? WorstFactor => InsideTps / SlowestTps;

    /// <summary>The regime of every trial.</summary>
    public required IReadOnlyList<TrialRegime> Regimes { get; init; }

    /// <summary>Where the memory of every trial lay.</summary>
    public required IReadOnlyList<TierPlacement> Tiers { get; init; }

    /// <summary>What a run tells of its wall.</summary>
    public static WallAnalysis Analyze(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var shape = run.Manifest.Target.Shape;
        var regimes = MemoryWall.Analysis.Walls.RegimeClassifier.Classify(run.Trials, shape);
        var (inside, beyond) = FindEdge(regimes);
        var budget = run.Manifest.Plan.Cap?.Bytes
            ?? (run.Manifest.Target.Kind == "embedded" ? run.Manifest.Machine.MemoryAvailableBytes : null);
        var predicted = WallPredictor.Predict(run.Manifest, budget);
        var insideTrial = FindTrial(run,
            regimes.LastOrDefault(regime => regime.ContextTokens == inside && !IsBeyond(regime) && regime.Regime != MemoryRegime.Unknown));
        var first = regimes.Where(regime => regime.ContextTokens == beyond && IsBeyond(regime)).MaxBy(regime => regime.Regime);
        var beyondView = FindTrial(run, first) is { } trial ? TrialView.Create(trial) : null;
        var (slowest, slowestRate, slowestIsBound) = FindSlowest(run, regimes, beyond,
            (beyondView?.GenerationRate ?? beyondView?.MaxGenerationRate)?.PerSecond);
        return new WallAnalysis
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
            InsideTps = insideTrial is null ? null : TrialView.Create(insideTrial).GenerationRate?.PerSecond,
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
    /// The contexts on both sides of the wall. A context of which the repetitions differ counts as beyond: it cannot be relied on.
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

    private static (TrialRegime? Regime, double? PerSecond, bool IsBound) FindSlowest(Run run, IReadOnlyList<TrialRegime> regimes,
        int? beyond, double? near)
    {
        var farther = from regime in regimes
                      where regime.ContextTokens > beyond && IsBeyond(regime)
                      let view = TrialView.Create(FindTrial(run, regime)!)
                      let rate = (view.GenerationRate ?? view.MaxGenerationRate)?.PerSecond
                      where rate is not null && (near is null || rate < near)
                      orderby rate
                      select ((TrialRegime?)regime, rate, view.GenerationRate is null);
        return farther.FirstOrDefault();
    }

    private static double? ComputeError(int predicted, int inside, int beyond, WallPlan plan) =>
        predicted < inside || predicted >= beyond ? ((double)predicted - inside) / inside
        : beyond - inside <= Math.Max(plan.Tolerance * beyond, plan.MinStepTokens) ? 0 : null;

    private static Trial? FindTrial(Run run, TrialRegime? regime) =>
        regime is null ? null : run.Trials.First(trial => trial.Number == regime.Trial);

    /// <summary>One or two sentences for people.</summary>
    public string Describe() => WallSentence.Format(this);
}
