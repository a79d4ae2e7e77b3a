using System.Globalization;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>Doubts and reasons for exclusion in words.</summary>
internal static class DoubtPhrases
{
    /// <summary>The labels of a trial's intended kinds and of its doubts, for a table: <c>warm prefix, queued</c>.</summary>
    /// <param name="view">The trial.</param>
    /// <param name="omitted">Kinds that the table shows in another way.</param>
    public static string Labels(TrialView view, TrialFlags omitted = TrialFlags.None) =>
        string.Join(", ", (view.Trial.Flags & ~omitted).Each().Select(flag => Label(flag, view)).Concat(view.Doubts.Select(Label)));

    // The share that came from the cache, or of the draft that was accepted, says what the kind of trial means.
    private static string Label(TrialFlags flag, TrialView view) => string.Concat(flag.Labels()) + flag switch
    {
        TrialFlags.WarmPrefix when view.CachedShare is { } share => " " + NumberFormat.Percent(share),
        TrialFlags.Speculative when view.DraftAcceptance is { } share => $" {NumberFormat.Percent(share)} accepted",
        TrialFlags.Speculative when view.Trial.DraftTokens == 0 => ", nothing drafted",
        _ => "",
    };

    /// <summary>The label of a doubt in a table.</summary>
    public static string Label(Doubt doubt) => WordFormat.Words(doubt.Kind);

    /// <summary>What a doubt of a kind means, as a clause: <c>the request waited in the server's queue</c>.</summary>
    public static string Describe(Doubt doubt) => doubt switch
    {
        EarlyStop => "fewer tokens were generated than requested",
        TooShortForRate => "there are too few tokens, or too little time",
        CacheHit => "prompt tokens came from the target's cache, so there is no prefill rate",
        SuspectedCacheHit => "prefill was implausibly fast, so there is no prefill rate",
        ColdPrefix => "less of the prompt was in the cache than for another trial of the same context",
        Queued => "the request waited in the server's queue",
        ContextCapped => "the target gave less context than requested",
        CountUnreported => "the target did not report its count of the prompt's tokens, so there is no prefill rate",
        Reloaded => "the model was loaded again during the timed request",
        ClocksDisagree => "the client's clock and the server's report differ",
        Interference => "other work ran on the machine",
        ReasoningFirst => "reasoning tokens came before the first content token",
        SharedServer => "the server worked on other requests at the same time",
        ExcessReuse => "the target claims to have reused more of the prompt than an earlier request had",
        CountMismatch => "the target counted other prompt tokens than planned",
        Superseded => "its level was interrupted and measured again",
        Buffered { HasReportedRates: true } buffered =>
            $"{DescribePieces(buffered)}, so the time to the first token contains generation",
        Buffered buffered => $"{DescribePieces(buffered)}, so the client cannot separate prefill from generation",
        _ => WordFormat.Words(doubt.Kind),
    };

    private static string Times(int arrivals) => arrivals == 1
        ? "at one time"
        : FormattableString.Invariant($"at {arrivals} times, several together");

    private static string DescribePieces(Buffered buffered) =>
        buffered switch
        {
            { Pieces: 1 } => "the answer came all at once",
            { FirstTokens: not null } => "the first token came together with later ones",
            _ => "the answer came in a few pieces of several tokens",
        };

    /// <summary>What a kind of trial means, as a clause.</summary>
    public static string Describe(TrialFlags flag) => flag switch
    {
        TrialFlags.WarmPrefix => "a prompt cache was used on purpose",
        TrialFlags.Emulated => "the storage tier was slowed down to emulate another device",
        TrialFlags.Speculative => Describe(DraftUse.Unknown),
        TrialFlags.AfterRestart => "the target was restarted before the trial",
        TrialFlags.Concurrent => "other streams ran at the same time",
        _ => "it is in no result",
    };

    /// <summary>What became of the drafts of speculative decoding, as a clause.</summary>
    public static string Describe(DraftUse use) => use switch
    {
        DraftUse.NoneDrafted => "the server can speculate, but drafted nothing here",
        DraftUse.NoneAccepted => "the server drafted tokens and accepted none of them, so rates depend on the text",
        DraftUse.PartAccepted => "the server drafted tokens and accepted a part of them, so rates depend on the text",
        DraftUse.AllAccepted => "the server drafted tokens and accepted all of them, so rates depend on the text",
        _ => "the server drafted tokens, so rates depend on the text",
    };

    /// <summary>The values of a suspected cache hit in one sentence.</summary>
    public static string DescribeValues(SuspectedCacheHit hit, int contextTokens)
    {
        var took = $"prefill of {NumberFormat.Tokens(contextTokens)} tokens took {NumberFormat.Duration(hit.Seconds)}";
        if (hit.FlatContexts is [var smallest, .., var largest])
            return $"{took}, about the same for every prompt from {NumberFormat.Tokens(smallest)} to {NumberFormat.Tokens(largest)} "
                + "tokens: prefill that does not grow with the prompt was not computed";
        return hit.ByProcessorBound
            ? $"{took}; the processors of this machine need at least {NumberFormat.Duration(hit.MinSeconds)}"
            : $"{took}; by the run's other trials ({WordFormat.Trials(hit.ComparedTrials)} nearest) at least "
                + $"{NumberFormat.Duration(hit.MinSeconds)} were expected";
    }

    /// <summary>Why a trial is excluded or has no rate, as a clause: <c>it ended as target_died</c>.</summary>
    public static string Describe(ExclusionReason reason) => reason switch
    {
        NotCompleted ended => $"it ended as {ended.Outcome}",
        Doubted { Doubts: [ColdPrefix { CachedTokens: { } found, MaxCachedTokens: { } most }] } =>
            $"it found {NumberFormat.Tokens(found)} prompt tokens in the cache where another found {NumberFormat.Tokens(most)}",
        Doubted doubted => $"doubtful: {string.Join(", ", doubted.Doubts.Select(Label))}",
        PrefillSkipped => "the depth was reached without computing the prompt",
        CacheOnPurpose => "a prompt cache was used on purpose",
        InvalidCachedCount count => FormattableString.Invariant($"the target reported {count.CachedTokens} cached prompt tokens"),
        PromptNotCounted => "the target did not count the prompt",
        PromptMiscounted { Counted: < 1 } => "the target counted no prompt tokens",
        PromptMiscounted count =>
            FormattableString.Invariant($"the target counted {count.Counted} prompt tokens instead of {count.Sent}"),
        OutputNotCounted => "the target did not count its output",
        OutputTooShort { Tokens: < 2 } => "fewer than 2 tokens were generated",
        OutputTooShort output => FormattableString.Invariant($"it stopped after {output.Tokens} of {output.Asked} tokens"),
        NoDuration { IsZero: true } => "its duration is 0",
        NoDuration => "its duration is not known",
        TooFewChunks => "fewer than 3 chunks came",
        SharedChunks { WithSeveral: { } several } chunks =>
            FormattableString.Invariant($"{several} of {chunks.Chunks} chunks contained several tokens"),
        SharedChunks chunks => $"{chunks.Tokens?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of"} tokens came in "
            + FormattableString.Invariant($"{chunks.Chunks} chunks, so the client cannot time them"),
        BunchedArrivals bunched => FormattableString.Invariant(
            $"{WordFormat.Count(bunched.Tokens, "chunk")} arrived {Times(bunched.Arrivals)}, so the client cannot time their tokens"),
        SpeculatedTokens => "speculative decoding yields several tokens at a time",
        FallingMarks => "its marks do not rise in time",
        OtherClock => "its target's clock is not the one of the other trials",
        _ => "",
    };
}
