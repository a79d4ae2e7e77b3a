using MemoryWall.Core.Plan;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>One step of a sweep: a context with the number of concurrent streams, or a pass through several contexts.</summary>
/// <param name="ContextTokens">Prompt tokens (N); of a pass those of its largest context.</param>
/// <param name="Repetition">The repetition, from 1; 0 for a warm-up.</param>
/// <param name="Concurrency">Concurrent streams, 1 or more; each becomes a trial.</param>
internal sealed record SweepStep(int ContextTokens, int Repetition, int Concurrency)
{
    /// <summary>How the context is reached; null for the plan's own method.</summary>
    public SweepMethod? Method { get; init; }

    /// <summary>The contexts of a pass, ascending, each of which becomes a trial; empty for a step of one context.</summary>
    public IReadOnlyList<int> IncrementalContexts { get; init; } = [];

    /// <summary>Requests of a level of conversations; null for other steps.</summary>
    public int? Requests { get; init; }

    /// <summary>How often the level was begun before, so that its texts are new.</summary>
    public int EarlierAttempts { get; init; }

    /// <summary>The contexts of the step, of a pass or not.</summary>
    public IReadOnlyList<int> Contexts => IncrementalContexts.Count > 0 ? IncrementalContexts : [ContextTokens];

    /// <summary>Whether it is a warm-up: run and stored, excluded from every figure.</summary>
    public bool IsWarmup => Repetition == 0;

    /// <summary>Trials that the step becomes where it is not cut short.</summary>
    public int TrialCount => Requests ?? (IncrementalContexts.Count > 0 ? IncrementalContexts.Count : Concurrency);
}
