using MemoryWall.Analysis.Live;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Live;

/// <summary>The words of a live view.</summary>
internal static class LiveWords
{
    /// <summary>The name of a run or a system.</summary>
    public static string Name(LiveSnapshot run) => run.Label ?? run.System ?? run.Manifest.Target.Model ?? "run";

    /// <summary>What is measured, on what.</summary>
    public static string Subject(LiveSnapshot run) => string.Join(" · ", new[]
    {
        run.System is null && run.Label is null ? null : run.Manifest.Target.Model,
        run.Manifest.Target.Kind.ToString().ToLowerInvariant(),
        run.Manifest.Plan.Cap is { } cap ? $"cap {NumberFormat.Bytes(cap.Bytes)}" : null,
        run.Manifest.Plan.Options.Tier is null ? null : "storage tier",
        run.Manifest.RunId,
    }.OfType<string>());

    /// <summary>The state of a run in one or two words.</summary>
    public static string State(LiveSnapshot run) => run.Status switch
    {
        LiveStatus.Measuring => run.Feed?.Phase switch
        {
            Phase.Load => "loading",
            Phase.Prefill => "prefill",
            Phase.Generation => "generation",
            Phase.Queue => "queue",
            _ => "between trials",
        },
        LiveStatus.Waiting => "waiting for its turn",
        LiveStatus.Starting => "starting",
        LiveStatus.Finished => "finished",
        LiveStatus.Stopped => "stopped",
        LiveStatus.Dead => "dead",
        LiveStatus.Silent => "no news",
        _ => "not observed",
    };

    /// <summary>The step of a run: <c>trial 3 of 8 · 8k tokens, repetition 2</c>.</summary>
    public static string Step(LiveSnapshot run)
    {
        if (run.Feed is not { Step: { } step, StepNumber: > 0 } feed)
            return "";
        var kind = step.Repetition == 0 ? "warm-up" : $"repetition {NumberFormat.Tokens(step.Repetition)}";
        var streams = step.Concurrency > 1 ? $" × {NumberFormat.Tokens(step.Concurrency)} streams" : "";
        return $"step {NumberFormat.Tokens(feed.StepNumber)} of {NumberFormat.Tokens(feed.StepCount)} · "
            + $"{NumberFormat.Context(step.ContextTokens)} tokens{streams}, {kind}";
    }

    /// <summary>Running time and, where it is known, the time left.</summary>
    public static string Time(LiveSnapshot run) => run is { Status: LiveStatus.Measuring or LiveStatus.Waiting, Feed.SecondsLeft: { } left }
        ? $"{NumberFormat.RunningTime(run.RunningSeconds)} · {FormatLeft(left)}"
        : NumberFormat.RunningTime(run.RunningSeconds);

    /// <summary>The result of a context in a few words: completed trials, or how it failed.</summary>
    public static string Result(LadderRung rung) => rung switch
    {
        { Completed: 0, Failed: 0 } => "",
        { Failure: { } failure } when rung.Completed == 0 => WordFormat.Words(failure.Outcome.Kind),
        { Failure: { } failure } => $"{WordFormat.Words(failure.Outcome.Kind)}, {FormatCount(rung)}",
        { Doubtful: > 0 } => $"{NumberFormat.Tokens(rung.Doubtful)} doubtful",
        _ when rung.Regime is Analysis.Walls.MemoryRegime.Unknown or Analysis.Walls.MemoryRegime.InMemory => FormatCount(rung),
        _ => RegimeFormat.Name(rung.Regime),
    };

    /// <summary>The failure that a run shows last, with its evidence; null where nothing failed.</summary>
    public static string? Failure(LiveSnapshot run) =>
        run.Progress.Ladder.Where(rung => rung.Failure is not null).MaxBy(rung => rung.Failure!.Number) is { Failure: { } failed }
            ? $"{WordFormat.Words(failed.Outcome.Kind)} at {NumberFormat.Context(failed.ContextTokens)}: "
                + OutcomePhrases.FormatEvidence(failed)
            : null;

    private static string FormatCount(LadderRung rung) =>
        $"{NumberFormat.Tokens(rung.Completed)} of {NumberFormat.Tokens(rung.Completed + rung.Failed)}";

    private static string FormatLeft(double seconds) => seconds < 1 ? "nearly done"
        : $"about {NumberFormat.EstimatedDuration(seconds)} left";
}
