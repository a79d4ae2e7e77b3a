using MemoryWall.Facts;
using MemoryWall.Targets;

namespace MemoryWall.Sweeps;

/// <summary>
/// Makes a trial of what was asked and what was seen. Here the target's own counts are held against what was meant; nothing that
/// they contradict leaves as completed.
/// </summary>
internal static class TrialJudge
{
    // A model that stayed loaded answers in milliseconds; the fastest reload that was seen took 350 ms.
    private static readonly TimeSpan ReloadTolerance = TimeSpan.FromMilliseconds(250);

    // A thread on a busy machine may take this long to wake; a wait behind another request of any use is longer.
    private static readonly TimeSpan QueueTolerance = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMilliseconds(5);
    private const double ClockToleranceShare = 0.02;

    // The last token is always computed, for its scores; some servers compute a few more.
    private const double LeastResumedShare = 0.95;

    /// <summary>The trial of a load and, where the load went well, an inference.</summary>
    public static Trial Judge(TrialRequest request, LoadReport? load, InferenceReport? report)
    {
        var outcome = Outcome(request, load, report);
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
            Flags = Flags(request, load, report, outcome),
            KvBytes = load?.KvBytes,
            ComputeBytes = load?.ComputeBytes,
            ResidentBytes = load?.ResidentBytes,
            AcceleratorBytes = load?.AcceleratorBytes,
            Tier = report?.Tier ?? load?.Tier,
        };
    }

    private static Outcome Outcome(TrialRequest request, LoadReport? load, InferenceReport? report)
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
            _ when (report.SkippedPromptTokens ?? 0) != request.JumpTokens => new ProtocolViolation(
                FormattableString.Invariant($"{request.JumpTokens} tokens were to be taken without computing them; the target says {report.SkippedPromptTokens?.ToString() ?? "nothing of it"}")),
            _ when request.Method == SweepMethod.Resume && (report.Tier?.ResumedTokens ?? 0) < LeastResumedShare * meant => new Refused(
                null, FormattableString.Invariant($"{report.Tier?.ResumedTokens ?? 0} of {meant} tokens were taken up from storage{(report.Tier?.StateNote is { } note ? $": {note}" : "")}")),
            _ when report.OutputTokens is 0 && report.Marks.All(mark => mark.Kind == MarkKind.Prefill) =>
                new ProtocolViolation("the answer ended properly but held no token"),
            _ => report.Outcome,
        };
    }

    private static TrialFlags Flags(TrialRequest request, LoadReport? load, InferenceReport? report, Outcome outcome)
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
        Flag(TrialFlags.SyntheticDepth, report is null && request.JumpTokens > 0);
        if (report is null)
            return flags;
        Flag(TrialFlags.CacheHit, CacheHitRule.IsCacheHit(report.CachedPromptTokens, report.CountedPromptTokens) && !request.WarmPrefix && request.Method is not (SweepMethod.IncrementalDepth or SweepMethod.Resume));
        Flag(TrialFlags.CountUnreported, outcome.IsCompleted && report.CountedPromptTokens is null);
        Flag(TrialFlags.EarlyStop, outcome.IsCompleted && report.OutputTokens < request.OutputTokens);
        Flag(TrialFlags.TooShortForRate, outcome.IsCompleted && report.OutputTokens is null or < 2);
        Flag(TrialFlags.Queued, report.Server.Queue > QueueTolerance);
        Flag(TrialFlags.Reloaded, load is not null && report.Server.Load > ReloadTolerance);
        // In a pass the client's points are of one stretch, and the target has compared them with that.
        Flag(TrialFlags.ClocksDisagree, request.Method == SweepMethod.Cold && ClocksDisagree(report));
        return flags;
    }

    // The phases that a server reports lie within the time that the client waited for it, or one of the two clocks is wrong.
    private static bool ClocksDisagree(InferenceReport report)
    {
        if (report.Client.TimeToEnd is not { } waited || report.Outcome is not Completed)
            return false;
        var claimed = Sum(report.Server.Queue, report.Server.Load, report.Server.SkippedPrefill, report.Server.Prefill, report.Server.Generation);
        var native = Sum(report.Native.Prefill, report.Native.Generation);
        var most = claimed > native ? claimed : native;
        return most > waited + ClockTolerance + waited * ClockToleranceShare;
    }

    private static TimeSpan Sum(params ReadOnlySpan<TimeSpan?> parts)
    {
        var sum = TimeSpan.Zero;
        foreach (var part in parts)
            sum += part ?? TimeSpan.Zero;
        return sum;
    }
}
