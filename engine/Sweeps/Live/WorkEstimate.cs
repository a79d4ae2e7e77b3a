using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Sweeps.Live;

/// <summary>The relative work of a step, to estimate the time left.</summary>
internal static class WorkEstimate
{
    /// <summary>The work of a step in arbitrary units. Attention makes a token more expensive the more tokens precede it; with small models
    /// this shows from some thousand tokens on.</summary>
    public static double OfStep(SweepStep step) => step.Concurrency * (step.ContextTokens * (1 + step.ContextTokens / 8192.0) + 2048);
}
