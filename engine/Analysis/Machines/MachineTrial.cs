using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Machines;

/// <summary>What one trial says of a machine. A trial that the report of its run leaves out has no values.</summary>
internal sealed record MachineTrial
{
    private static readonly string s_completed = new Completed().Kind;

    /// <summary>The level of its context.</summary>
    public required LevelKey Level { get; init; }

    /// <summary>Its context.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>The stored name of its outcome.</summary>
    public required string Outcome { get; init; }

    /// <summary>Whether other work on the machine disturbed it.</summary>
    public bool IsDisturbed { get; init; }

    /// <summary>When its request was sent, in ticks of the wall clock; absent where that is unknown.</summary>
    public Int128? At { get; init; }

    /// <summary>Generation TPS, above 0; absent where it is unknown.</summary>
    public double? GenerationTps { get; init; }

    /// <summary>Seconds to the first token, above 0; absent where they are unknown.</summary>
    public double? TtftSeconds { get; init; }

    /// <summary>Energy above idle for each generated token; absent where no power was read.</summary>
    public double? JoulesPerToken { get; init; }

    /// <summary>Share of the measured memory bandwidth that generation used, 0 to 1; absent where it is unknown.</summary>
    public double? Mbu { get; init; }

    /// <summary>Whether it completed.</summary>
    public bool IsCompleted => Outcome == s_completed;
}
