namespace MemoryWall.Sweeps;

/// <summary>One step of a sweep: a context, and how many streams run at once.</summary>
/// <param name="ContextTokens">Prompt tokens (N).</param>
/// <param name="Repetition">Which repetition, from 1; 0 for a warm-up.</param>
/// <param name="Concurrency">Streams at once, 1 or more; each of them becomes a trial.</param>
public sealed record PlannedTrial(int ContextTokens, int Repetition, int Concurrency)
{
    /// <summary>Whether it is a warm-up: run and stored, left out of every figure.</summary>
    public bool IsWarmup => Repetition == 0;
}
