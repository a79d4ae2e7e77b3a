using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Review;

/// <summary>
/// Doubts from the client's clock and the durations that the server reports. A file may contain any durations: they are added as seconds,
/// which cannot overflow.
/// </summary>
internal static class TimingReview
{
    public static IEnumerable<Doubt> FindDoubts(Trial trial, ReviewedTrials all, TrialRules rules)
    {
        var times = Times.Read(trial, all, rules);
        var buffered = FindBuffering(trial, all, times, rules);
        if (buffered is not null)
            yield return buffered;
        var queued = FindQueue(trial, times, rules);
        if (queued is not null)
            yield return queued;
        var mismatch = buffered is { HasReportedRates: true } && times.IsFirstTokenWithinReport
            ? null
            : FindArrivalMismatch(trial, times, IsWaitExplained(trial, queued));
        mismatch ??= FindImpossibleReport(trial, rules);
        if (mismatch is not null)
            yield return mismatch;
    }

    // A turn of a conversation may wait for those of others, and while the server exchanges one conversation for another: that is measured.
    private static bool IsWaitExplained(Trial trial, Queued? queued) =>
        trial.Session is not null || queued is not null && trial.Server.Queue is null;

    private static Buffered? FindBuffering(Trial trial, ReviewedTrials all, Times times, TrialRules rules)
    {
        if (!AnswerReview.HasEnded(trial) || trial.Chunks == 0
            || ArrivalPattern.Read(trial, all.Marks(trial), rules) is not { Pieces: > 0 } arrived)
            return null;
        // Without a count of tokens each chunk counts as one.
        var tokens = Math.Max(trial.OutputTokens ?? 0, trial.Chunks);
        var inPieces = tokens >= (long)rules.MinBufferedTokens * arrived.Pieces;
        var found = new Buffered(arrived.Pieces, tokens) { FirstTokens = inPieces ? null : arrived.InFirst };
        // A token in several chunks is no burst.
        if (!inPieces && (!arrived.IsFirstCollected(trial.Chunks, rules) || trial.OutputTokens < trial.Chunks))
            return null;
        var first = inPieces ? (double)tokens / arrived.Pieces : arrived.InFirst!.Value;
        // One long pause between tokens makes their mean longer than those at the start took.
        var median = arrived.SecondsPerChunk * trial.Chunks / tokens ?? double.PositiveInfinity;
        double? Held(double? mean) => Math.Min(mean ?? double.NaN, median) * (first - 1);
        if (trial.Server is { Prefill: not null, Generation: not null })
            return IsFirstTokenLate(trial, times, Held(times.ReportedGeneration / Math.Max(1, (trial.OutputTokens ?? 0) - 1)), rules)
                ? found with { HasReportedRates = true }
                : null;
        // By the client's clock alone, the tokens that came with the first took as long each as those after them.
        return inPieces || trial.Server.Prefill is null && IsMuch(Held(times.Generation / Math.Max(1, tokens - first)), trial, rules)
            ? found
            : null;
    }

    // Where the server reports both durations, the rates rest on no arrival, and several tokens in one arrival are usual where the server
    // is fast or speculates. The time to the first token is false where that token waited for those that came with it.
    private static bool IsFirstTokenLate(Trial trial, Times times, double? held, TrialRules rules) =>
        IsMuch(held, trial, rules) && times.UnexplainedWait >= rules.MinHeldShare * held;

    private static bool IsMuch(double? held, Trial trial, TrialRules rules) => PhaseTime.FirstToken(trial) is { } first
        && held > Math.Max(rules.ExcessTolerance.TotalSeconds, rules.ArrivalToleranceShare * first.TotalSeconds);

    // With other streams of the same plan active, a wait that the report does not explain is queue time. Without them its cause is unknown.
    private static Queued? FindQueue(Trial trial, Times times, TrialRules rules)
    {
        if (trial.Session is not null)
            return null;
        if (trial.Server.Queue is { } queue)
            return queue > rules.MaxQueue ? new Queued(queue) : null;
        return trial.Concurrency > 1 && AnswerReview.HasEnded(trial) && times.UnexplainedWait is { } wait
            && wait > times.WaitTolerance(wait)
            ? new Queued(ToTime(wait))
            : null;
    }

    private static ClocksDisagree? FindArrivalMismatch(Trial trial, Times times, bool isWaitExplained)
    {
        if (!AnswerReview.HasEnded(trial))
            return null;
        if (!isWaitExplained && times is { UnexplainedWait: { } wait, Reported: { } reported }
            && (wait > times.WaitTolerance(reported + wait) || -wait > times.Tolerance(reported + wait)))
            return new ClocksDisagree(ToTime(reported + wait), ToTime(reported));
        return times is { Generation: { } seen, ReportedGeneration: { } made }
            && Math.Abs(seen - made) > times.Tolerance(Math.Max(seen, made)) + times.ArrivalInterval
            ? new ClocksDisagree(ToTime(seen), ToTime(made))
            : null;
    }

    // The phases that a server reports take no longer than the client waited, or one of the two clocks is wrong. In a pass the client's
    // times cover one stretch of the prompt, whose beginning is itself an arrival.
    private static ClocksDisagree? FindImpossibleReport(Trial trial, TrialRules rules)
    {
        if (trial is not { Method: SweepMethod.Cold, Outcome: Completed, Client.TimeToEnd: { } end })
            return null;
        var (server, native) = (trial.Server, trial.Native);
        var reported = Math.Max(
            Sum(server.Queue, server.Load, server.Tokenization, server.SkippedPrefill, server.Prefill, server.Generation),
            Sum(native.Prefill, native.Generation));
        var waited = end.TotalSeconds;
        return reported > waited + rules.ExcessTolerance.TotalSeconds + waited * rules.ExcessToleranceShare
            ? new ClocksDisagree(end, ToTime(reported))
            : null;
    }

    private static double Sum(params ReadOnlySpan<TimeSpan?> parts)
    {
        var sum = 0.0;
        foreach (var part in parts)
            sum += part?.TotalSeconds ?? 0;
        return sum;
    }

    private static TimeSpan? ToTime(double seconds) =>
        Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>The times of a trial that are compared, in seconds.</summary>
    private readonly record struct Times
    {
        /// <summary>What the server reports until the first token; null where it does not report prefill.</summary>
        public double? Reported { get; private init; }

        /// <summary>
        /// The client's wait for the first token minus what the server reports for its work; negative where the client waited less. It
        /// contains queue time, time to save a cache, and errors of the report; without a reported queue time these cannot be separated.
        /// </summary>
        public double? UnexplainedWait { get; private init; }

        /// <summary>From the first to the last token, by the client.</summary>
        public double? Generation { get; private init; }

        /// <summary>The same by the server.</summary>
        public double? ReportedGeneration { get; private init; }

        /// <summary>Whether the first token arrived no later than the whole answer was done by the report.</summary>
        public bool IsFirstTokenWithinReport =>
            UnexplainedWait <= ReportedGeneration + Tolerance((Reported ?? 0) + (ReportedGeneration ?? 0));

        // The client and the server may time the same token one interval apart.
        private double TokenInterval { get; init; }

        /// <summary>Between two arrivals where several tokens came in each, which delays the last token by as much; else 0.</summary>
        public double ArrivalInterval { get; private init; }

        // Between sending the text and prefill it is converted to tokens, which few servers report.
        private double MaxTokenization { get; init; }

        private TrialRules Rules { get; init; }

        public static Times Read(Trial trial, ReviewedTrials all, TrialRules rules)
        {
            var (server, first) = (trial.Server, PhaseTime.FirstToken(trial)?.TotalSeconds);
            var generation = trial.Client.TimeToLastToken?.TotalSeconds - first;
            return new Times
            {
                Reported = FindReported(trial, all),
                UnexplainedWait = FindUnexplainedWait(trial, all),
                Generation = generation,
                ReportedGeneration = server.Generation?.TotalSeconds,
                TokenInterval = trial.OutputTokens is >= 2 and var tokens && server.Generation is { } whole
                    ? whole.TotalSeconds / (tokens - 1)
                    : 0,
                ArrivalInterval = trial.Arrivals is > 1 and var arrivals && 2L * arrivals <= trial.OutputTokens
                    ? Math.Max(0, generation / (arrivals - 1) ?? 0)
                    : 0,
                MaxTokenization = trial.PromptAs != PromptForm.Ids && server.Tokenization is null
                    ? FindMaxTokenization(trial, all, rules)
                    : 0,
                Rules = rules,
            };
        }

        /// <summary>How much later than reported the first token may be.</summary>
        public double WaitTolerance(double length) => Math.Max(Tolerance(length), TokenInterval + MaxTokenization);

        /// <summary>How far an arrival may be from the report of a duration of this length.</summary>
        public double Tolerance(double length) => TokenInterval
            + Math.Max(Rules.ArrivalTolerance.TotalSeconds, Rules.ArrivalToleranceShare * length);

        private static double? FindReported(Trial trial, ReviewedTrials all) => OwnPrefill(trial, all)
            + Sum(trial.Server.Load, trial.Server.Queue, trial.Server.Tokenization, trial.Server.SkippedPrefill);

        private static double? FindUnexplainedWait(Trial trial, ReviewedTrials all) => trial.Client.Sent is null ? null
            : PhaseTime.FirstToken(trial)?.TotalSeconds - FindReported(trial, all) - Sum(trial.KvRestore);

        // With several streams the wait may be for the others, which takes as long as the conversion of a long text. What a trial with one
        // stream waited at the same context is no such wait; without one there is no allowance.
        private static double FindMaxTokenization(Trial trial, ReviewedTrials all, TrialRules rules)
        {
            var longest = rules.MaxTokenizationPerToken.TotalSeconds * (trial.CountedPromptTokens ?? trial.ContextTokens);
            if (trial.Concurrency <= 1)
                return longest;
            var alone = all.Trials.Where(other => other.Concurrency <= 1 && other.ContextTokens == trial.ContextTokens
                    && other.PromptAs == trial.PromptAs && other.Method == trial.Method && other.Outcome.IsCompleted)
                .Select(other => FindUnexplainedWait(other, all)).OfType<double>().ToList();
            return alone.Count == 0 ? 0 : Math.Min(longest, rules.MaxTokenizationRatio * Quantiles.Median(alone));
        }

        // In an incremental pass the prefill is the sum over all stretches, and the client's times are those of the last one.
        private static double? OwnPrefill(Trial trial, ReviewedTrials all)
        {
            var prefill = trial.Server.Prefill?.TotalSeconds;
            if (trial.Method != SweepMethod.IncrementalDepth)
                return prefill;
            return all.TryFindPrevious(trial, out var previous)
                ? previous is null ? prefill : prefill - previous.Server.Prefill?.TotalSeconds
                : null;
        }
    }
}
