using MemoryWall.Analysis.Telemetry;

namespace MemoryWall.Analysis.Rules;

/// <summary>Every threshold by which a run is judged, in sections. A threshold states its unit, its default and the evidence for
/// it.</summary>
internal sealed record ReviewRules
{
    /// <summary>The rules of every front end.</summary>
    public static ReviewRules Default { get; } = new();

    /// <summary>What limited a phase, by the machine's telemetry.</summary>
    public VerdictThresholds Phases { get; init; } = new();
}
