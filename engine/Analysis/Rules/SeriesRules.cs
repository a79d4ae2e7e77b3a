namespace MemoryWall.Analysis.Rules;

/// <summary>The thresholds by which a rate changes over a run independently of the context.</summary>
internal sealed record SeriesRules
{
    /// <summary>Significance level of each test. Default 0.003: two rates are tested, and together with warm-ups and outliers fewer than
    /// one steady run in twenty of the simulation (<c>Benchmarks findings</c>) gets a false verdict.</summary>
    public double SignificanceLevel { get; init; } = 0.003;

    /// <summary>Relative change, below which a significant change is not worth a verdict. Default 0.02: clocks and schedulers differ by as
    /// much from day to day.</summary>
    public double MinChange { get; init; } = 0.02;

    /// <summary>How many times as far from the median as every later trial a single first trial must be to count as a warm-up. Default
    /// 1.25: without it one in 16 simulated runs with heavy-tailed scatter (<c>Benchmarks findings</c>) got a false warm-up, with it one in
    /// 60, and a first trial that takes 1.5 times as long is still found in four of five.</summary>
    public double MinFirstTrialDistance { get; init; } = 1.25;

    /// <summary>The fewest trials for a trend. Default 8: with fewer, the trend test cannot reach its significance level by much.</summary>
    public int MinTrialsForDrift { get; init; } = 8;

    /// <summary>The fewest trials after a smaller and after a larger context to compare them. Default 5: with fewer on a side, the rank sum
    /// test cannot reach its significance level.</summary>
    public int MinTrialsPerSide { get; init; } = 5;

    /// <summary>The fewest contexts in rising order that hide an effect of time. Default 3: two contexts have one of two orders
    /// anyway.</summary>
    public int MinContextsForConfounding { get; init; } = 3;
}
