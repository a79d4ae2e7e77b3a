namespace MemoryWall.Core.Plan;

/// <summary>
/// A search for the crossover within the contexts of a plan: after its trials, further contexts and repetitions are placed where the
/// crossover is least known.
/// </summary>
public sealed record CrossoverPlan
{
    /// <summary>How sure it is to be: half the width of its 95% interval as a share of it, above 0. Default 0.05.</summary>
    public double Tolerance { get; init; } = 0.05;

    /// <summary>The most trials that are added. Default 60.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("most_trials")]
    public int MaxTrials { get; init; } = 60;
}
