namespace MemoryWall.Core.Plan;

/// <summary>A comparison of systems. Its runs share the id, also where they were measured on different days or machines.</summary>
public sealed record ComparisonPlan
{
    /// <summary>The comparison's id: <c>c</c>, the UTC time of its first run and a random part.</summary>
    public required string Id { get; init; }

    /// <summary>The plan that the systems share, before the settings that make each system. Another system is measured by it
    /// later.</summary>
    public required SweepPlan Shared { get; init; }
}
