using MemoryWall.Core.Trials;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The names of phases in sentences.</summary>
internal static class PhaseName
{
    /// <summary>The phase as one lower-case word: <c>prefill</c>.</summary>
    public static string Format(Phase phase) => phase switch
    {
        Phase.Load => "load",
        Phase.Queue => "queue",
        Phase.Prefill => "prefill",
        _ => "generation",
    };
}
