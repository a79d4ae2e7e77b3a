using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

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

    /// <summary>The context that the model was trained for; absent where it is not known.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int? TrainedTokens { get; init; }

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

    /// <summary>Throughput just before the wall ÷ that just beyond it, and whether it is a difference; a lower bound where
    /// <see cref="BeyondIsBound"/>. Absent where one of them is.</summary>
    public RatioFinding? Collapse { get; init; }

    /// <summary>How many times slower it is just beyond the wall; a lower bound where <see cref="BeyondIsBound"/>. Absent where
    /// <see cref="Collapse"/> shows no difference.</summary>
    public double? CollapseFactor => Collapse?.Verdict == RatioVerdict.Higher ? Collapse.Ratio.Value : null;

    /// <summary>The slowest trial at larger contexts that still generated; absent where none was slower than the trial just beyond the
    /// wall.</summary>
    public TrialRegime? Slowest { get; init; }

    /// <summary>Tokens per second of <see cref="Slowest"/>; an upper bound where <see cref="SlowestIsBound"/>.</summary>
    public double? SlowestTps { get; init; }

    /// <summary>Whether <see cref="SlowestTps"/> comes from a stopped trial and is an upper bound.</summary>
    public bool SlowestIsBound { get; init; }

    /// <summary>Throughput just before the wall ÷ that of <see cref="Slowest"/>, and whether it is a difference; a lower bound where
    /// <see cref="SlowestIsBound"/>. Absent where one of them is.</summary>
    public RatioFinding? Worst { get; init; }

    /// <summary>How many times slower the slowest context is; a lower bound where <see cref="SlowestIsBound"/>. Absent where
    /// <see cref="Worst"/> shows no difference.</summary>
    public double? WorstFactor => Worst?.Verdict == RatioVerdict.Higher ? Worst.Ratio.Value : null;

    /// <summary>The regime of every trial.</summary>
    public required IReadOnlyList<TrialRegime> Regimes { get; init; }

    /// <summary>Where the memory of each trial was.</summary>
    public required IReadOnlyList<TierPlacement> Tiers { get; init; }

    /// <summary>The smallest context from which every trial was slower than half of the expected for an unknown cause, at least one of them
    /// without interference; absent where there is none. It is no wall: the cause may be memory that cannot be read, or other work on the
    /// machine.</summary>
    public int? SlowerFromTokens { get; init; }

    /// <summary>Contexts with evidence of memory that does not suffice for a wall, smallest first.</summary>
    public IReadOnlyList<int> UnconfirmedTokens { get; init; } = [];

    /// <summary>Contexts where no trial was faster than half of what was expected, for an unknown cause, smallest first.</summary>
    public IReadOnlyList<int> SlowedTokens { get; init; } = [];

    /// <summary>Analyzes the wall of a run.</summary>
    /// <param name="manifest">The run.</param>
    /// <param name="trials">Its reviewed trials.</param>
    /// <param name="contexts">Their summaries.</param>
    /// <param name="rules">The thresholds.</param>
    public static WallReport Create(RunManifest manifest, IReadOnlyList<TrialView> trials, IReadOnlyList<ContextSummary> contexts,
        ReviewRules rules)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var shape = manifest.Target.Shape;
        var regimes = RegimeClassifier.Classify(trials, shape, rules.Regimes);
        var edge = WallEdge.Find(regimes, rules.Walls);
        var budget = manifest.Plan.Cap?.Bytes
            ?? (manifest.Target.Kind == TargetKind.Embedded ? manifest.Machine.MemoryAvailableBytes : null);
        var predicted = WallPredictor.Predict(manifest, budget);
        var (inside, beyond) = (FindContext(contexts, edge.Inside), FindContext(contexts, edge.Beyond));
        var slowest = FindSlowest(regimes, contexts, edge.Beyond, beyond?.Reach?.PerSecond);
        ContextSummary?[] compared = [beyond, slowest];
        var samples = compared.Select(context => CreateSample(inside, context, rules.Comparison)).ToList();
        var rule = DifferenceRule.ForFamily(rules.Comparison, samples.OfType<RatioSample>());
        return new WallReport
        {
            BudgetBytes = budget,
            WeightBytes = shape?.WeightBytes,
            PredictedTokens = predicted,
            HasTier = manifest.Plan.Options.Tier is not null,
            TrainedTokens = shape?.TrainedContextTokens,
            InsideTokens = edge.Inside,
            BeyondTokens = edge.Beyond,
            Error = predicted is { } tokens && edge is { Inside: { } below, Beyond: { } over }
                ? ComputeError(tokens, below, over, manifest.Plan.Wall ?? new WallPlan { FromTokens = below })
                : null,
            Beyond = FindWorst(regimes, edge.Beyond),
            InsideTps = inside?.Reach?.PerSecond,
            BeyondTps = beyond?.Reach?.PerSecond,
            BeyondIsBound = beyond?.Reach?.IsBound == true,
            Collapse = samples[0] is { } near ? rule.Judge(near) : null,
            Slowest = FindWorst(regimes, slowest?.ContextTokens),
            SlowestTps = slowest?.Reach?.PerSecond,
            SlowestIsBound = slowest?.Reach?.IsBound == true,
            Worst = samples[1] is { } far ? rule.Judge(far) : null,
            SlowerFromTokens = FindSlowerFrom(regimes, edge, rules.Walls),
            UnconfirmedTokens = edge.Unconfirmed,
            SlowedTokens = edge.Slowed,
            Regimes = regimes,
            Tiers = [
                .. trials.Select(view => view.Trial).Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup))
                    .Select(trial => TierPlacement.Compute(trial, manifest)).OfType<TierPlacement>()],
        };
    }

    private static ContextSummary? FindContext(IReadOnlyList<ContextSummary> contexts, int? tokens) =>
        contexts.Where(context => context.ContextTokens == tokens && context.Concurrency == 1).MaxBy(context => context.Trials.Count);

    // The rate before the wall ÷ the rate beyond it.
    private static RatioSample? CreateSample(ContextSummary? inside, ContextSummary? beyond, ComparisonRules rules) =>
        inside?.Reach is { IsBound: false, Tps.Min: > 0 } before && beyond?.Reach is { Tps.Min: > 0 } after
            ? RatioSample.FromTimes(beyond.Observe(after.Tps), inside.Observe(before.Tps), rules.MinPairedShare)
            : null;

    private static TrialRegime? FindWorst(IReadOnlyList<TrialRegime> regimes, int? context) =>
        regimes.Where(regime => regime.ContextTokens == context && regime.IsBeyondWall).MaxBy(regime => regime.Regime);

    private static ContextSummary? FindSlowest(IReadOnlyList<TrialRegime> regimes, IReadOnlyList<ContextSummary> contexts, int? beyond,
        double? near) =>
        regimes.Where(regime => regime.ContextTokens > beyond && regime.IsBeyondWall).Select(regime => regime.ContextTokens)
            .Distinct().Select(tokens => FindContext(contexts, tokens))
            .Where(context => context?.Reach is { } reach && (near is null || reach.PerSecond < near))
            .MinBy(context => context!.Reach!.PerSecond);

    // Other work alone can make every one of them slow.
    internal static int? FindSlowerFrom(IReadOnlyList<TrialRegime> regimes, WallEdge edge, WallRules rules)
    {
        // Where it is not known whether a trial is slow, it is no sign that the server is not.
        int? normal = regimes.Where(regime => !edge.Slowed.Contains(regime.ContextTokens) && regime.Evidence is not SpeedEvidence
        { IsAsExpected: null }).Select(regime => (int?)regime.ContextTokens).Max();
        var slower = regimes.Where(regime => edge.Slowed.Contains(regime.ContextTokens)
            && (normal is null || regime.ContextTokens > normal)).ToList();
        return slower.Count >= rules.MinTrialsOfSharedEvidence
            && slower.Count(regime => !regime.HasInterference) >= rules.MinUndisturbedTrials
            ? slower.Min(regime => regime.ContextTokens)
            : null;
    }

    private static double? ComputeError(int predicted, int inside, int beyond, WallPlan plan) =>
        predicted < inside || predicted >= beyond ? ((double)predicted - inside) / inside
        : beyond - inside <= Math.Max(plan.Tolerance * beyond, plan.MinStepTokens) ? 0 : null;
}
