using System.Text.Json.Serialization;

namespace MemoryWall.Core.Plan;

/// <summary>Repetitions beyond the plan's own, until the rates are known well enough or the time is spent.</summary>
public sealed record PrecisionPlan
{
    /// <summary>How narrow the 95% interval of each context's rates is to be: half its width as a share of the median, above 0.</summary>
    public required double Tolerance { get; init; }

    /// <summary>The time that all measured trials of the run together may take, loading included. Default 10 minutes.</summary>
    [JsonPropertyName("budget_seconds")]
    public TimeSpan Budget { get; init; } = TimeSpan.FromMinutes(10);
}
