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
    // A loaded model answers in milliseconds; the fastest reload measured took 350 ms.
    private static readonly TimeSpan s_reloadTolerance = TimeSpan.FromMilliseconds(250);

    // A thread on a busy machine may take this long to wake; waiting for another client's request takes longer.
    private static readonly TimeSpan s_queueTolerance = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_clockTolerance = TimeSpan.FromMilliseconds(5);
    private const double ClockToleranceShare = 0.02;

    // The last prompt token is always computed, for its logits; some servers compute a few more.
    private const double MinResumedShare = 0.95;

    /// <summary>The trial of a load and an inference.</summary>
    /// <param name="request">What was requested.</param>
    /// <param name="load">The load; null where none was made.</param>
    /// <param name="report">The inference; null where none was made.</param>
    public static Trial Build(TrialRequest request, LoadReport? load, InferenceReport? report)
    {
        var outcome = DetermineOutcome(request, load, report);
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
            Nonce = request.Prompt?.Nonce,
            WindowTokens = request.WindowTokens,
            CountedPromptTokens = report?.CountedPromptTokens,
            CachedPromptTokens = report?.CachedPromptTokens,
            SkippedPromptTokens = report?.SkippedPromptTokens,
            OutputTokens = report?.OutputTokens,
            Chunks = report?.Marks.Count(mark => mark.Kind != MarkKind.Prefill) ?? 0,
            Client = (report?.Client ?? new ClientTimings()) with { LoadStarted = load?.Started, Load = load?.Duration },
            Server = report?.Server ?? new ServerTimings(),
            Native = report?.Native ?? new NativeTimings(),
            StopReason = report?.StopReason,
            Outcome = outcome,
            Flags = DetermineFlags(request, load, report, outcome),
            KvBytes = load?.KvBytes,
            ComputeBytes = load?.ComputeBytes,
            ResidentBytes = load?.ResidentBytes,
            AcceleratorBytes = load?.AcceleratorBytes,
            Tier = report?.Tier ?? load?.Tier,
        };
    }

    private static Outcome DetermineOutcome(TrialRequest request, LoadReport? load, InferenceReport? report)
    {
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
            { } counted when counted < expected => new Truncated(expected, counted),
            { } counted when counted > expected => new Miscounted(expected, counted),
            _ when (report.SkippedPromptTokens ?? 0) != request.SkipPromptTokens => new ProtocolViolation(DescribeSkipped(request, report)),
            _ when request.Method == SweepMethod.Resume && (report.Tier?.ResumedTokens ?? 0) < MinResumedShare * expected =>
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

    private static TrialFlags DetermineFlags(TrialRequest request, LoadReport? load, InferenceReport? report, Outcome outcome)
    {
        var flags = report?.Flags ?? TrialFlags.None;
        void Flag(TrialFlags flag, bool isSet) => flags |= isSet ? flag : TrialFlags.None;

        Flag(TrialFlags.Warmup, request.Step.IsWarmup);
        Flag(TrialFlags.Concurrent, request.Step.Concurrency > 1);
        Flag(TrialFlags.WarmPrefix, request.WarmPrefix);
        Flag(TrialFlags.AfterRestart, request.AfterRestart);
        Flag(TrialFlags.ContextCapped, load?.WindowTokens < request.WindowTokens);
        Flag(TrialFlags.Emulated, (report?.Tier ?? load?.Tier)?.IsEmulated == true);
        // A trial that failed before its prefill was skipped counts as one at a synthetic depth too.
        Flag(TrialFlags.SyntheticDepth, report is null && request.SkipPromptTokens > 0);
        if (report is null)
            return flags;
        Flag(TrialFlags.CacheHit,
            CacheHitRule.IsCacheHit(report.CachedPromptTokens, report.CountedPromptTokens) && !request.WarmPrefix
                && request.Method is not (SweepMethod.IncrementalDepth or SweepMethod.Resume));
        Flag(TrialFlags.CountUnreported, outcome.IsCompleted && report.CountedPromptTokens is null);
        Flag(TrialFlags.EarlyStop, outcome.IsCompleted && report.OutputTokens < request.OutputTokens);
        Flag(TrialFlags.TooShortForRate, outcome.IsCompleted && report.OutputTokens is null or < 2);
        Flag(TrialFlags.Queued, report.Server.Queue > s_queueTolerance);
        Flag(TrialFlags.Reloaded, load is not null && report.Server.Load > s_reloadTolerance);
        // In a pass the client's times cover one stretch of the prompt, and the target has compared the clocks over it.
        Flag(TrialFlags.ClocksDisagree, request.Method == SweepMethod.Cold && ClocksDisagree(report));
        return flags;
    }

    // The phases that a server reports take no longer than the client waited, or one of the two clocks is wrong.
    private static bool ClocksDisagree(InferenceReport report)
    {
        if (report.Client.TimeToEnd is not { } waited || report.Outcome is not Completed)
            return false;
        var claimed = Sum(report.Server.Queue, report.Server.Load, report.Server.SkippedPrefill, report.Server.Prefill,
            report.Server.Generation);
        var native = Sum(report.Native.Prefill, report.Native.Generation);
        var larger = claimed > native ? claimed : native;
        return larger > waited + s_clockTolerance + waited * ClockToleranceShare;
    }

    private static TimeSpan Sum(params ReadOnlySpan<TimeSpan?> parts)
    {
        var sum = TimeSpan.Zero;
        foreach (var part in parts)
            sum += part ?? TimeSpan.Zero;
        return sum;
    }
}
