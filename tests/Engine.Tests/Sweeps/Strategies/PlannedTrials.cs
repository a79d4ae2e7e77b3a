using MemoryWall.Core.Trials;

namespace MemoryWall.Engine.Tests.Sweeps.Strategies;

internal static class PlannedTrials
{
    public static Trial Create(int context, Outcome outcome) => new()
    {
        Number = context,
        ContextTokens = context,
        Repetition = 1,
        OutputTokensAsked = 64,
        Outcome = outcome,
    };
}
