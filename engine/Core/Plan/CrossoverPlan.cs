namespace MemoryWall.Core.Plan;

/// <summary>
/// A search for the crossover within the contexts of a plan: after the plan's trials, further contexts and repetitions are measured around
/// the crossover.
/// </summary>
public sealed record CrossoverPlan
{
    /// <summary>The largest 95% interval of the crossover: half its width as a share of the crossover, above 0 and below 1. Default
    /// 0.05.</summary>
    public double Tolerance { get; init; } = 0.05;

    /// <summary>The largest number of trials that are added. Default 60.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("most_trials")]
    public int MaxTrials { get; init; } = 60;
}
