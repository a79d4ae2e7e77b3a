using MemoryWall.Facts;

namespace MemoryWall.Analysis.Walls;

/// <summary>Where the wall of a run was forecast, where it was found, and what it does.</summary>
public sealed record WallFinding
{
    /// <summary>The limit that made the wall: the cap, or the memory that the machine had; absent for a server whose memory cannot be seen.</summary>
    public long? BudgetBytes { get; init; }

    /// <summary>Bytes of the model's weights; absent where not known.</summary>
    public long? WeightBytes { get; init; }

    /// <summary>The largest context forecast to stay in memory, in tokens, 0 where nothing was to fit; absent where none can be forecast.</summary>
    public int? PredictedTokens { get; init; }

    /// <summary>The largest context that was in memory with none smaller beyond it; absent where every one was beyond.</summary>
    public int? InsideTokens { get; init; }

    /// <summary>The smallest context that was not; absent where no wall was met.</summary>
    public int? BeyondTokens { get; init; }

    /// <summary>(predicted − measured) / measured, where the measured wall is <see cref="InsideTokens"/>; 0 where the forecast lies between the two edges. Absent where one is.</summary>
    public double? Error { get; init; }

    /// <summary>What happens just beyond; absent where no wall was met.</summary>
    public TrialRegime? Beyond { get; init; }

    /// <summary>Tokens per second just inside.</summary>
    public double? InsideTps { get; init; }

    /// <summary>Tokens per second just beyond; an upper bound where <see cref="BeyondIsBound"/>. Absent where nothing was generated.</summary>
    public double? BeyondTps { get; init; }

    /// <summary>Whether <see cref="BeyondTps"/> comes from a trial that was stopped: at most so much.</summary>
    public bool BeyondIsBound { get; init; }

    /// <summary>Throughput just inside over just beyond; a lower bound where <see cref="BeyondIsBound"/>. Absent where one is.</summary>
    public double? CollapseFactor => InsideTps / BeyondTps;

    /// <summary>The regime of every trial.</summary>
    public required IReadOnlyList<TrialRegime> Regimes { get; init; }

    /// <summary>Where the memory of every trial lay.</summary>
    public required IReadOnlyList<TierPlacement> Tiers { get; init; }

    /// <summary>What a run tells of its wall.</summary>
    public static WallFinding Of(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var shape = run.Manifest.Target.Shape;
        var regimes = Walls.Regimes.Of(run.Trials, shape);
        var (inside, beyond) = Edge(regimes);
        var budget = run.Manifest.Plan.Cap?.Bytes ?? (run.Manifest.Target.Kind == "embedded" ? run.Manifest.Machine.MemoryAvailableBytes : null);
        var predicted = PredictedWall.Of(run.Manifest, budget);
        var insideTrial = Trial(run, regimes.LastOrDefault(regime => regime.ContextTokens == inside && !IsBeyond(regime) && regime.Regime != MemoryRegime.Unknown));
        var first = regimes.Where(regime => regime.ContextTokens == beyond && IsBeyond(regime)).MaxBy(regime => regime.Regime);
        var beyondView = Trial(run, first) is { } trial ? TrialView.Of(trial) : null;
        return new WallFinding
        {
            BudgetBytes = budget,
            WeightBytes = shape?.WeightBytes,
            PredictedTokens = predicted,
            InsideTokens = inside,
            BeyondTokens = beyond,
            Error = predicted is not { } tokens || inside is not { } edge || beyond is not { } over ? null : tokens >= edge && tokens < over ? 0 : ((double)tokens - edge) / edge,
            Beyond = first,
            InsideTps = insideTrial is null ? null : TrialView.Of(insideTrial).GenerationRate?.PerSecond,
            BeyondTps = beyondView?.GenerationRate?.PerSecond ?? beyondView?.GenerationBound?.PerSecond,
            BeyondIsBound = beyondView is { GenerationRate: null, GenerationBound: not null },
            Regimes = regimes,
            Tiers = [.. run.Trials.Where(t => !t.Flags.HasFlag(TrialFlags.Warmup)).Select(t => TierPlacement.Of(t, run.Manifest)).OfType<TierPlacement>()],
        };
    }

    /// <summary>
    /// The contexts on both sides of the wall. A context of which the repetitions differ counts as beyond: it cannot be relied on.
    /// </summary>
    internal static (int? Inside, int? Beyond) Edge(IReadOnlyList<TrialRegime> regimes)
    {
        int? beyond = regimes.Where(IsBeyond).Select(regime => (int?)regime.ContextTokens).Min();
        int? inside = regimes.Where(regime => (regime.Regime is MemoryRegime.InMemory or MemoryRegime.Managed) && (beyond is null || regime.ContextTokens < beyond)).Select(regime => (int?)regime.ContextTokens).Max();
        return (inside, beyond);
    }

    internal static bool IsBeyond(TrialRegime regime) => regime.Regime is not (MemoryRegime.Unknown or MemoryRegime.InMemory or MemoryRegime.Managed);

    private static Trial? Trial(Run run, TrialRegime? regime) => regime is null ? null : run.Trials.First(trial => trial.Number == regime.Trial);

    /// <summary>One or two sentences for people.</summary>
    public string Describe() => WallSentence.Of(this);
}
