using System.Text.Json.Serialization;

namespace MemoryWall.Core.Plan;

/// <summary>A search for the users wall: the number of users doubles until 95% of the turns no longer begin within a limit, then the gap is
/// halved.</summary>
public sealed record UsersSearchPlan
{
    /// <summary>The number of users to begin with, 1 or more.</summary>
    public required int From { get; init; }

    /// <summary>The largest number of users to try.</summary>
    public required int Most { get; init; }

    /// <summary>The longest time to the first token, above 0.</summary>
    [JsonPropertyName("ttft_limit_seconds")]
    public required TimeSpan TtftLimit { get; init; }
}
