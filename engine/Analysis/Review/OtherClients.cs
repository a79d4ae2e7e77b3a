using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>Whether a server worked for other clients during a step, by its own counters.</summary>
internal static class OtherClients
{
    /// <summary>The doubt about a trial; null where the server reports nothing, or no other work.</summary>
    public static SharedServer? Review(Trial trial, ReviewedTrials all, TrialRules rules)
    {
        // Where turns of several users are on their way at once, the server's counters do not tell them from other clients.
        if (trial.ServerLoad is not { } load || trial.Session is not null && !all.AreTurnsAlone)
            return null;
        var step = all.Step(trial);
        var (prompt, output) = (Sum(step, one => one.CountedPromptTokens), Sum(step, one => one.OutputTokens));
        return HaveWork(load, prompt, output, rules)
            ? new SharedServer((long?)load.RunningBefore + (load.WaitingBefore ?? 0) ?? load.WaitingBefore,
                Surplus(load.PromptTokens, prompt, rules), Surplus(load.GeneratedTokens, output, rules))
            : null;
    }

    /// <summary>Whether the server had requests before the step, or counted more tokens than the step has.</summary>
    /// <param name="load">The load that the server reports.</param>
    /// <param name="promptTokens">Prompt tokens of the step, as the server counted them; null where the count of a request is not
    /// known.</param>
    /// <param name="outputTokens">Tokens that the server generated for the step; null where the count of a request is not
    /// known.</param>
    /// <param name="rules">The thresholds.</param>
    public static bool HaveWork(ServerLoad load, long? promptTokens, long? outputTokens, TrialRules rules) =>
        load.RunningBefore > 0 || load.WaitingBefore > 0 || Surplus(load.PromptTokens, promptTokens, rules) is not null
            || Surplus(load.GeneratedTokens, outputTokens, rules) is not null;

    private static long? Surplus(long? counted, long? own, TrialRules rules) =>
        counted is { } all && own is { } part && (Int128)all - part is var more && more > rules.OtherClientTokens && more <= long.MaxValue
            ? (long)more
            : null;

    // A request without a count may be any part of the server's work, so that there is no sum.
    private static long? Sum(IReadOnlyList<Trial>? step, Func<Trial, int?> count) =>
        step is not null && step.All(trial => count(trial) is not null) ? step.Sum(trial => (long)count(trial)!.Value) : null;
}
