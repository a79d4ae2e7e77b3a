using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>Doubts from what the target counted and reported about one answer.</summary>
internal static class AnswerReview
{
    // The words of Ollama, llama-server and the OpenAI protocol for an end that the model chose.
    private static readonly string[] s_stopWords = ["stop", "eos", "word"];

    public static IEnumerable<Doubt> FindDoubts(Trial trial, TrialRules rules)
    {
        if (trial.GivenWindowTokens < trial.WindowTokens || trial.HasDroppedTokens == true)
            yield return new ContextCapped(trial.GivenWindowTokens, trial.WindowTokens);
        if (trial.Server.Load is { } load && load > rules.MaxLoad)
            yield return new Reloaded(load);
        if (trial.Client.TimeToFirstReasoning is { } reasoning)
            yield return new ReasoningFirst(reasoning);
        if (!HasEnded(trial))
            yield break;
        if (trial.CountedPromptTokens is null)
            yield return new CountUnreported();
        if (trial.OutputTokens is { } tokens ? tokens < trial.OutputTokensAsked : s_stopWords.Contains(trial.StopReason))
            yield return new EarlyStop(trial.OutputTokens, trial.OutputTokensAsked);
        if (IsTooShort(trial))
            yield return new TooShortForRate(trial.OutputTokens);
    }

    /// <summary>Whether the answer came to its end, so that a count that is absent was not reported.</summary>
    public static bool HasEnded(Trial trial) => trial.Outcome is Completed or Truncated or Miscounted
        || trial is { Outcome: ProtocolViolation or Refused, OutputTokens: not null };

    // Tokens that were not counted are not few: only an answer that took no time is too short without a count.
    private static bool IsTooShort(Trial trial) => trial.OutputTokens is { } tokens
        ? tokens < 2
        : PhaseTime.FirstToken(trial) == trial.Client.TimeToLastToken;
}
