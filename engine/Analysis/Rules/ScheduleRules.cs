namespace MemoryWall.Analysis.Rules;

/// <summary>When a sweep that chooses its own trials goes on.</summary>
internal sealed record ScheduleRules
{
    /// <summary>How many times faster than the one before a warm-up is while the server still warms up. Default 1.25: between two trials in
    /// a row, a busy machine makes a difference of 10% to 20%, a cold server of far more.</summary>
    public double StillWarmingRatio { get; init; } = 1.25;

    /// <summary>The ratio of two contexts around a crossover from which they are near enough. Default 1.25: the error of a straight line
    /// between them is far smaller than the scatter of repetitions, and nearer contexts could not be distinguished.</summary>
    public double MinContextRatio { get; init; } = 1.25;

    /// <summary>Repetitions at both contexts around a crossover before its interval may end the sweep. Default 7: the interval of five is
    /// sometimes narrow by chance (94% hits in simulated sweeps, 98% with seven).</summary>
    public int MinCrossoverTrials { get; init; } = 7;
}
