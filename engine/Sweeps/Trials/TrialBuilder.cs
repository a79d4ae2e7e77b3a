using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps.Trials;

/// <summary>
/// Builds a trial from the request and the target's reports. It compares the target's own counts with the request; a trial that they
/// contradict is not completed. The outcome of the trial then passes through <see cref="TrialProbes"/>.
/// </summary>
internal static class TrialBuilder
{
    /// <summary>The trial of a load and an inference.</summary>
    /// <param name="request">What was requested.</param>
    /// <param name="load">The load; null where none was made.</param>
    /// <param name="report">The inference; null where none was made.</param>
    public static Trial Build(TrialRequest request, LoadReport? load, InferenceReport? report)
    {
        return new Trial
        {
            Number = request.Number,
            ContextTokens = request.Step.ContextTokens,
            Repetition = request.Step.Repetition,
            Concurrency = request.Step.Concurrency,
            Stream = request.Stream,
            OutputTokensAsked = request.OutputTokens,
            Method = request.Method,
            PromptKind = request.PromptKind,
            PromptAs = report is null ? null : request.PromptAs,
            Nonce = request.Prompt?.Nonce,
            WindowTokens = request.WindowTokens,
            GivenWindowTokens = Min(load?.WindowTokens, report?.GivenWindowTokens),
            HasDroppedTokens = report?.HasDroppedTokens,
            CountedPromptTokens = report?.CountedPromptTokens,
            CachedPromptTokens = report?.CachedPromptTokens,
            SkippedPromptTokens = report?.SkippedPromptTokens,
            OutputTokens = report?.OutputTokens,
            DraftTokens = report?.DraftTokens,
            AcceptedDraftTokens = report?.AcceptedDraftTokens,
            Chunks = report?.Marks.Count(mark => mark.Kind != MarkKind.Prefill) ?? 0,
            Arrivals = report is null ? null : StreamArrivals.Count(report.Marks, StreamArrivals.MinGap),
            FirstArrivalChunks = report is null ? null : StreamArrivals.CountFirst(report.Marks, StreamArrivals.MinGap),
            Client = (report?.Client ?? new ClientTimings()) with
            {
                LoadStarted = load?.Started,
                // A load that failed loaded nothing, however long it took.
                Load = load is { Outcome.IsCompleted: true } ? load.Duration : null,
            },
            Server = report?.Server ?? new ServerTimings(),
            Native = report?.Native ?? new NativeTimings(),
            StopReason = report?.StopReason,
            Outcome = DetermineOutcome(request, load, report),
            Flags = DetermineFlags(request, load, report),
            KvBytes = load?.KvBytes,
            ComputeBytes = load?.ComputeBytes,
            ResidentBytes = load?.ResidentBytes,
            AcceleratorBytes = load?.AcceleratorBytes,
            Tier = report?.Tier ?? load?.Tier,
        };
    }

    private static Outcome DetermineOutcome(TrialRequest request, LoadReport? load, InferenceReport? report)
    {
        // A server that is gone also gave no count of the prompt: that it is gone is the reason for both.
        if (load is { Outcome: TargetDied died })
            return died;
        if (request.Problem is { } problem)
            return problem;
        if (load is { Outcome: not Completed })
            return load.Outcome;
        if (report is null)
            return new ProtocolViolation("no request was sent");
        if (report.Outcome is not Completed)
            return report.Outcome;
        var expected = request.Step.ContextTokens;
        return report.CountedPromptTokens switch
        {
            { } counted when counted < expected - request.CountToleranceTokens => new Truncated(expected, counted),
            { } counted when counted > expected + request.CountToleranceTokens => new Miscounted(expected, counted),
            _ when (report.SkippedPromptTokens ?? 0) != request.SkipPromptTokens => new ProtocolViolation(DescribeSkipped(request, report)),
            _ when request.Method == SweepMethod.Resume
                && (report.Tier?.ResumedTokens ?? 0) < ReviewRules.Default.Trials.MinResumedShare * expected =>
                new Refused(null, DescribeResumed(expected, report.Tier)),
            _ when report.OutputTokens is 0 && report.Marks.All(mark => mark.Kind == MarkKind.Prefill) =>
                new ProtocolViolation("the answer ended properly but contained no token"),
            _ => report.Outcome,
        };
    }

    private static string DescribeSkipped(TrialRequest request, InferenceReport report)
    {
        var reported = report.SkippedPromptTokens is { } skipped ? FormattableString.Invariant($"{skipped}") : "no count";
        return FormattableString.Invariant(
            $"the prefill of {request.SkipPromptTokens} tokens was to be skipped; the target reports {reported}");
    }

    private static string DescribeResumed(int contextTokens, TierUse? tier)
    {
        var note = tier?.StateNote is { } reason ? $": {reason}" : "";
        return FormattableString.Invariant($"{tier?.ResumedTokens ?? 0} of {contextTokens} tokens were resumed from storage{note}");
    }

    private static TrialFlags DetermineFlags(TrialRequest request, LoadReport? load, InferenceReport? report)
    {
        var flags = TrialFlags.None;
        void Flag(TrialFlags flag, bool isSet) => flags |= isSet ? flag : TrialFlags.None;

        Flag(TrialFlags.Warmup, request.Step.IsWarmup);
        Flag(TrialFlags.Concurrent, request.Step.Concurrency > 1);
        // Where the target reports that its cache was empty, the trial computed its whole prompt: it is a cold one. The cache is filled
        // before measured trials only, so a warm-up is warm only where the target says so. The first turn of a conversation finds nothing
        // of its own, unless the target says otherwise.
        Flag(TrialFlags.WarmPrefix, request.Method == SweepMethod.Resume
            || (request.WarmPrefix || request.Method == SweepMethod.Session) && report?.CachedPromptTokens is > 0
            || request.WarmPrefix && report is { CachedPromptTokens: null } && !request.Step.IsWarmup);
        Flag(TrialFlags.Speculative, report?.DraftTokens is not null);
        Flag(TrialFlags.AfterRestart, request.AfterRestart);
        Flag(TrialFlags.Emulated, (report?.Tier ?? load?.Tier)?.IsEmulated == true);
        return flags;
    }

    // The smaller one of the two reports: a server can give less to an answer than it had after the load.
    private static int? Min(int? one, int? other) => one is null || other < one ? other ?? one : one;
}
