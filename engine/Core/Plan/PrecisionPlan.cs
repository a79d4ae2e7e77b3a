using System.Text.Json.Serialization;

namespace MemoryWall.Core.Plan;

/// <summary>Repetitions beyond the plan's own, until the intervals of the rates are narrow enough or the time budget is used.</summary>
public sealed record PrecisionPlan
{
    /// <summary>The largest 95% interval of each context's rates: half its width as a share of the median, above 0 and below 1.</summary>
    public required double Tolerance { get; init; }

    /// <summary>The time that all measured trials of the run may take together, loads included. Default 10 minutes.</summary>
    [JsonPropertyName("budget_seconds")]
    public TimeSpan Budget { get; init; } = TimeSpan.FromMinutes(10);
}
