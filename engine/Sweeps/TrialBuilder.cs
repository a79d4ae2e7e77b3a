using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps;

/// <summary>
/// Makes a trial of what was asked and what was seen. Here the target's own counts are held against what was meant; nothing that
/// they contradict leaves as completed.
/// </summary>
internal static class TrialBuilder
{
    // A model that stayed loaded answers in milliseconds; the fastest reload that was seen took 350 ms.
    private static readonly TimeSpan s_reloadTolerance = TimeSpan.FromMilliseconds(250);

    // A thread on a busy machine may take this long to wake; a wait behind another request of any use is longer.
    private static readonly TimeSpan s_queueTolerance = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_clockTolerance = TimeSpan.FromMilliseconds(5);
    private const double ClockToleranceShare = 0.02;

    // The last token is always computed, for its scores; some servers compute a few more.
    private const double MinResumedShare = 0.95;

    /// <summary>The trial of a load and, where the load went well, an inference.</summary>
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
            return new ProtocolViolation("the request was never made");
        if (report.Outcome is not Completed)
            return report.Outcome;
        var meant = request.Step.ContextTokens;
        return report.CountedPromptTokens switch
        {
            { } counted when counted < meant => new Truncated(meant, counted),
            { } counted when counted > meant => new Miscounted(meant, counted),
            _ when (report.SkippedPromptTokens ?? 0) != request.SkipPromptTokens => new ProtocolViolation(
                FormattableString.Invariant(
                    $"{request.SkipPromptTokens} tokens were to be taken without computing them; the target says {report.SkippedPromptTokens?.ToString() ?? "nothing of it"}")),
            _ when request.Method == SweepMethod.Resume && (report.Tier?.ResumedTokens ?? 0) < MinResumedShare * meant => new Refused(
                null, FormattableString.Invariant(
                    $"{report.Tier?.ResumedTokens ?? 0} of {meant} tokens were taken up from storage{(report.Tier?.StateNote is { } note ? $": {note}" : "")}")),
            _ when report.OutputTokens is 0 && report.Marks.All(mark => mark.Kind == MarkKind.Prefill) =>
                new ProtocolViolation("the answer ended properly but held no token"),
            _ => report.Outcome,
        };
    }

    private static TrialFlags DetermineFlags(TrialRequest request, LoadReport? load, InferenceReport? report, Outcome outcome)
    {
        var flags = report?.Flags ?? TrialFlags.None;
        void Flag(TrialFlags flag, bool holds) => flags |= holds ? flag : TrialFlags.None;

        Flag(TrialFlags.Warmup, request.Step.IsWarmup);
        Flag(TrialFlags.Concurrent, request.Step.Concurrency > 1);
        Flag(TrialFlags.WarmPrefix, request.WarmPrefix);
        Flag(TrialFlags.AfterRestart, request.AfterRestart);
        Flag(TrialFlags.ContextCapped, load?.WindowTokens < request.WindowTokens);
        Flag(TrialFlags.Emulated, (report?.Tier ?? load?.Tier)?.IsEmulated == true);
        // A trial that never came to its jump was meant to be one of those all the same.
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
        // In a pass the client's points are of one stretch, and the target has compared them with that.
        Flag(TrialFlags.ClocksDisagree, request.Method == SweepMethod.Cold && ClocksDisagree(report));
        return flags;
    }

    // The phases that a server reports lie within the time that the client waited for it, or one of the two clocks is wrong.
    private static bool ClocksDisagree(InferenceReport report)
    {
        if (report.Client.TimeToEnd is not { } waited || report.Outcome is not Completed)
            return false;
        var claimed = Sum(report.Server.Queue, report.Server.Load, report.Server.SkippedPrefill, report.Server.Prefill,
            report.Server.Generation);
        var native = Sum(report.Native.Prefill, report.Native.Generation);
        var most = claimed > native ? claimed : native;
        return most > waited + s_clockTolerance + waited * ClockToleranceShare;
    }

    private static TimeSpan Sum(params ReadOnlySpan<TimeSpan?> parts)
    {
        var sum = TimeSpan.Zero;
        foreach (var part in parts)
            sum += part ?? TimeSpan.Zero;
        return sum;
    }
}
