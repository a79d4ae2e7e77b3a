using MemoryWall.Facts;
using MemoryWall.Units;

namespace MemoryWall.Analysis.Walls;

/// <summary>Where the wall of a run was forecast, where it was found, and what it does.</summary>
public sealed record WallFinding
{
    /// <summary>The limit that made the wall: the cap, or the memory that the machine had; absent for a server whose memory cannot be seen.</summary>
    public long? BudgetBytes { get; init; }

    /// <summary>The largest context forecast to stay in memory, in tokens; absent where none can be forecast.</summary>
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

    private static bool IsBeyond(TrialRegime regime) => regime.Regime is not (MemoryRegime.Unknown or MemoryRegime.InMemory or MemoryRegime.Managed);

    private static Trial? Trial(Run run, TrialRegime? regime) => regime is null ? null : run.Trials.First(trial => trial.Number == regime.Trial);

    /// <summary>One sentence for people.</summary>
    public string Describe()
    {
        var cap = BudgetBytes is { } budget ? $" within {new ByteSize(budget)}" : "";
        var forecast = PredictedTokens is { } predicted ? FormattableString.Invariant($"; {predicted:#,0} were forecast{(Error is { } error ? error == 0 ? ", between the two" : FormattableString.Invariant($", {error:+0.0%;-0.0%} off") : "")}") : "";
        if (BeyondTokens is null && InsideTokens is null)
            return $"No wall was found{cap}: no trial tells where its memory lay{forecast}.";
        if (BeyondTokens is not { } over)
            return FormattableString.Invariant($"No wall{cap} up to {InsideTokens:#,0} tokens{forecast}.");
        var edge = InsideTokens is { } inside
            ? FormattableString.Invariant($"The memory wall{cap} lies between {inside:#,0} and {over:#,0} tokens{forecast}.")
            : FormattableString.Invariant($"The memory wall{cap} lies below {over:#,0} tokens, the smallest context tried{forecast}.");
        return edge + (Beyond!.Regime, CollapseFactor) switch
        {
            (MemoryRegime.OutOfMemory, _) => " Beyond it the server is out of memory.",
            (MemoryRegime.Refused, _) => " Beyond it the server refuses.",
            (_, { } factor) => FormattableString.Invariant($" Beyond it generation falls from {InsideTps:0.##} to {(BeyondIsBound ? "at most " : "")}{BeyondTps:0.###} tokens/s, {(BeyondIsBound ? "at least " : "")}{factor:0.#} times slower."),
            _ => $" Beyond it the system is {Beyond.Regime switch { MemoryRegime.Thrashing => "thrashing", MemoryRegime.Spilling => "spilling", _ => "slowed" }}.",
        };
    }
}
