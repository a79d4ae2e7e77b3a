namespace MemoryWall.Analysis.Rules;

/// <summary>
/// Every threshold by which a measured value is judged, in sections. Each has its meaning, its unit, its default and the evidence for it.
/// Parameters of a statistical method (replicates, seeds) belong to the method and are not here.
/// </summary>
internal sealed record ReviewRules
{
    /// <summary>The thresholds that are used everywhere.</summary>
    public static ReviewRules Default { get; } = new();

    /// <summary>When a trial is doubted.</summary>
    public TrialRules Trials { get; init; } = new();

    /// <summary>What limited a phase.</summary>
    public PhaseRules Phases { get; init; } = new();

    /// <summary>When a ratio counts as a difference.</summary>
    public ComparisonRules Comparison { get; init; } = new();

    /// <summary>How contexts compare with each other.</summary>
    public SummaryRules Summary { get; init; } = new();

    /// <summary>How systems compare.</summary>
    public SystemRules Systems { get; init; } = new();

    /// <summary>How rates change over a run.</summary>
    public SeriesRules Series { get; init; } = new();

    /// <summary>How repetitions of one context differ.</summary>
    public SpreadRules Spread { get; init; } = new();

    /// <summary>When a result of another tool is doubted.</summary>
    public AuditRules Audit { get; init; } = new();

    /// <summary>Where the memory of a trial was.</summary>
    public RegimeRules Regimes { get; init; } = new();

    /// <summary>When a context is beyond the memory wall.</summary>
    public WallRules Walls { get; init; } = new();

    /// <summary>How certain curves, crossovers and forecasts are.</summary>
    public EstimateRules Estimates { get; init; } = new();

    /// <summary>How predictions from a formula agree with measurements.</summary>
    public PredictionRules Predictions { get; init; } = new();

    /// <summary>When a sweep that chooses its own trials goes on.</summary>
    public ScheduleRules Schedule { get; init; } = new();
}
