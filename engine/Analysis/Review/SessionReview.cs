using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>Doubts about turns of conversations.</summary>
internal static class SessionReview
{
    public static IEnumerable<Doubt> FindDoubts(Trial trial, ReviewedTrials all, TrialRules rules)
    {
        if (trial.Session is not { } turn)
            yield break;
        var tolerance = Math.Max(1, rules.MaxTemplateShare * (trial.CountedPromptTokens ?? trial.ContextTokens));
        if (trial.CachedPromptTokens is { } cached && cached > turn.KnownTokens + tolerance
            && CountKnown(trial, turn, all) is var known && cached > known + tolerance)
            yield return new ExcessReuse(cached, known);
        if (trial is { Outcome: Completed, CountedPromptTokens: { } counted } && counted != trial.ContextTokens)
            yield return new CountMismatch(trial.ContextTokens, counted);
        if (all.FindLater(trial) is { } later)
            yield return new Superseded(later);
    }

    // Requests that are on their way at the same time may be served in another order than they were sent.
    private static int CountKnown(Trial trial, SessionTurn turn, ReviewedTrials all) => all.OverlappingTurns(trial)
        .Select(other => other.Session!.KnownTokens).Append(turn.KnownTokens).Max();
}
