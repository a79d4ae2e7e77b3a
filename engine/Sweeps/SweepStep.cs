using MemoryWall.Core.Plan;

namespace MemoryWall.Sweeps;

/// <summary>One step of a sweep: a context and how many streams run at once, or a pass through several contexts.</summary>
/// <param name="ContextTokens">Prompt tokens (N); of a pass those of its largest context.</param>
/// <param name="Repetition">Which repetition, from 1; 0 for a warm-up.</param>
/// <param name="Concurrency">Streams at once, 1 or more; each of them becomes a trial.</param>
internal sealed record SweepStep(int ContextTokens, int Repetition, int Concurrency)
{
    /// <summary>How the context is reached; absent for the plan's own method.</summary>
    public SweepMethod? Method { get; init; }

    /// <summary>The contexts of a pass, ascending, each of which becomes a trial; empty for a step of one context.</summary>
    public IReadOnlyList<int> IncrementalContexts { get; init; } = [];

    /// <summary>Whether it is a warm-up: run and stored, left out of every figure.</summary>
    public bool IsWarmup => Repetition == 0;

    /// <summary>Trials that it becomes, where it comes to its end.</summary>
    public int TrialCount => IncrementalContexts.Count > 0 ? IncrementalContexts.Count : Concurrency;
}
