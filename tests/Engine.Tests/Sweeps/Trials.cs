using MemoryWall.Core.Trials;

namespace MemoryWall.Engine.Tests.Sweeps;

internal static class Trials
{
    public static Trial Of(int context, Outcome outcome) => new()
    {
        Number = context,
        ContextTokens = context,
        Repetition = 1,
        OutputTokensAsked = 64,
        Outcome = outcome,
    };
}
