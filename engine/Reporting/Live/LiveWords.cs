using MemoryWall.Analysis.Live;
using MemoryWall.Charts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Sweeps;

namespace MemoryWall.Reporting.Live;

/// <summary>The words of a live view.</summary>
internal static class LiveWords
{
    /// <summary>The name of a run or a system.</summary>
    public static string Name(LiveSnapshot run) => (run.System, run.Label) switch
    {
        // The systems of a comparison may share a label.
        ({ } system, { } label) => $"{system} · {label}",
        var (system, label) => system ?? label ?? run.Manifest.Target.Model,
    };

    /// <summary>What is measured, on what.</summary>
    public static string Subject(LiveSnapshot run) => string.Join(" · ", new[]
    {
        run.System is null && run.Label is null ? null : run.Manifest.Target.Model,
        run.Manifest.Target.Kind.ToString().ToLowerInvariant(),
        run.Manifest.Plan.Cap is { } cap ? $"cap {NumberFormat.Bytes(cap.Bytes)}" : null,
        run.Manifest.Plan.Options.Tier is null ? null : "storage tier",
        run.Manifest.RunId,
    }.OfType<string>());

    /// <summary>The name of the forecast: it is about a system without a storage tier.</summary>
    public static string WallLabel(LiveSnapshot run) =>
        run.Manifest.Plan.Options.Tier is null ? "forecast wall" : "forecast without tier";

    /// <summary>The forecast in tokens, not beyond what the model was trained for; a dash without a forecast.</summary>
    public static string Wall(LiveSnapshot run) => run.Progress.ForecastWallTokens switch
    {
        null => NumberFormat.Absent,
        { } wall when run.Manifest.Target.Shape?.TrainedContextTokens is { } trained && wall > trained => $"> {Axis.FormatTokens(trained)}",
        { } wall => Axis.FormatTokens(wall),
    };

    /// <summary>The title of the clock: whether the time includes the whole prompt.</summary>
    public static string ClockTitle(LiveSnapshot run) => AddContext(run, run.Manifest.Plan.Method switch
    {
        _ when run.IsWholePrompt => "time to first token",
        SweepMethod.SyntheticDepth => "TTFT, synthetic depth",
        SweepMethod.Resume => "TTFT, resumed",
        _ => "TTFT, part of the prompt",
    });

    /// <summary>The clock, which shows nothing that has not passed, and once it has stopped three figures.</summary>
    public static string Clock(LiveSnapshot run) => run.WaitingSeconds is { } waiting ? NumberFormat.RunningClock(waiting)
        : run.TtftSeconds is { } stopped ? NumberFormat.StoppedClock(stopped)
        : NumberFormat.Absent;

    /// <summary>The name of the share of completed trials. Beside trials that thrashed or are in
    /// doubt it is no rate of success.</summary>
    public static string SuccessLabel(LiveSnapshot run) => (run.Progress.Thrashing, run.Progress.Ladder.Sum(rung => rung.Doubtful)) switch
    {
        (0, 0) => "success rate",
        (0, var doubtful) => $"completed, {NumberFormat.Tokens(doubtful)} doubtful",
        var (thrashing, _) => $"completed, {NumberFormat.Tokens(thrashing)} thrashing",
    };

    /// <summary>The title of the tiers.</summary>
    public static string TiersTitle(LiveSnapshot run, bool isNarrow) => (run.IsLastPlacement, isNarrow) switch
    {
        (false, true) => "tiers",
        (false, false) => "where the model is now",
        (true, true) => "at the end",
        _ => "where the model was last",
    };

    /// <summary>The title of the rate.</summary>
    public static string RateTitle(LiveSnapshot run) =>
        run.Feed?.Phase == Phase.Prefill ? "prefill speed" : AddContext(run, "generation speed");

    /// <summary>The outcome of the last trial where it failed and no other is measured; null at other times.</summary>
    public static Outcome? FailedLast(LiveSnapshot run) =>
        run.Feed?.Phase is null && run.Progress.Last?.Trial.Outcome is { IsCompleted: false } outcome and not Cancelled ? outcome : null;

    /// <summary>How a run ended or its last trial failed; null while a request is under way or the last one completed.</summary>
    public static string? LastWords(LiveSnapshot run) => run.Status is LiveStatus.Dead or LiveStatus.Silent || run.Feed?.Phase is null
        ? run.Ending is { } ending ? FailedLast(run) is null ? ending : $"{ending}; {Failure(run)}"
            : FailedLast(run) is null ? null : Failure(run)
        : null;

    /// <summary>How far the request is.</summary>
    public static string Progress(LiveSnapshot run) => run.Feed switch
    {
        { Phase: Phase.Generation, Step: { } step } feed =>
            $"generation {NumberFormat.Tokens(feed.OutputTokens)} of "
                + $"{NumberFormat.Tokens(step.OutputTokensAsked * step.Concurrency)} tokens",
        { Phase: Phase.Prefill, Step: { } step } when run.PrefillShare is { } done =>
            $"prefill {NumberFormat.Percent(done)} of {NumberFormat.Tokens(step.ContextTokens)} tokens",
        { Phase: Phase.Prefill, Step: { } step } => $"prefill of {NumberFormat.Tokens(step.ContextTokens)} tokens",
        { Phase: Phase.Load } => "loading the model",
        { SecondsLeft: { } left } => $"{State(run)}, {FormatLeft(left)}",
        _ => State(run),
    };

    /// <summary>The state of a run in one or two words.</summary>
    public static string State(LiveSnapshot run) => run.Status switch
    {
        LiveStatus.Waiting or LiveStatus.Measuring when FailedLast(run) is { } failed => WordFormat.Words(failed.Kind),
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
        _ => "no news",
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

    /// <summary>The step and, where it is known, the time left, which comes first where there is no room for both.</summary>
    public static string StepAndTimeLeft(LiveSnapshot run, bool isNarrow) =>
        Step(run) is { Length: > 0 } step && TimeLeft(run) is { } left
            ? isNarrow ? $"{left} · {step}" : $"{step} · {left}"
            : Step(run);

    /// <summary>Running time and, where it is known, the time left.</summary>
    public static string Time(LiveSnapshot run) => TimeLeft(run) is { } left
        ? $"{NumberFormat.RunningTime(run.RunningSeconds)} · {left}"
        : NumberFormat.RunningTime(run.RunningSeconds);

    /// <summary>The time left; for a system that takes turns its own, and that of all where it is known. Null where unknown.</summary>
    public static string? TimeLeft(LiveSnapshot run) => run switch
    {
        { Status: not (LiveStatus.Measuring or LiveStatus.Waiting) } or { Feed: null or { SecondsLeft: null } } => null,
        { Feed: { Group: null, SecondsLeft: { } left } } => FormatLeft(left),
        { SecondsLeftOfAll: { } all, Feed.SecondsLeft: { } own } =>
            $"{FormatLeft(all)} of all, {NumberFormat.EstimatedDuration(own)} of it here",
        _ => $"{FormatLeft(run.Feed.SecondsLeft.Value)} of this system",
    };

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

    /// <summary>The process that measured a run was killed or crashed.</summary>
    public static string Death(int processId, int trials) =>
        $"process {FormatId(processId)}, which measured this run, has ended without closing it; {WordFormat.Count(trials, "trial")} "
            + $"{(trials == 1 ? "is" : "are")} stored";

    /// <summary>The process that measures a run does not report.</summary>
    public static string Silence(double seconds) =>
        $"no news for {NumberFormat.EstimatedDuration(seconds)}: the process is stopped, or the machine is too busy to run it";

    /// <summary>A run that is written without a feed.</summary>
    public static string NoFeed(int trials) =>
        $"the run is measured, but its folder takes no live view; {WordFormat.Count(trials, "trial")} "
            + $"{(trials == 1 ? "is" : "are")} stored";

    /// <summary>A run without an end, which nobody is known to write.</summary>
    public static string NoEnd(int trials) =>
        $"the run has no end: it was killed, or another machine measures it; {WordFormat.Count(trials, "trial")} "
            + $"{(trials == 1 ? "is" : "are")} stored";

    /// <summary>The end of a run by its own last event.</summary>
    /// <param name="ending">The event's message, the name of the ending.</param>
    /// <param name="progress">The run's trials.</param>
    public static (LiveStatus Status, string Words) End(string ending, RunProgress progress)
    {
        var thrashing = progress.Thrashing == 0 ? "" : $", {NumberFormat.Tokens(progress.Thrashing)} of them thrashing";
        var trials = $"{NumberFormat.Tokens(progress.Completed)} of {NumberFormat.Tokens(progress.Measured)} trials completed{thrashing}";
        return ending == nameof(SweepEnding.Cancelled)
            ? (LiveStatus.Stopped, $"stopped by the user; {trials}")
            : (LiveStatus.Finished, $"finished; {trials}");
    }

    // Between two requests the large numbers are those of the last completed trial.
    private static string AddContext(LiveSnapshot run, string title) =>
        run.Feed?.Phase is null && run.Progress.LastCompleted is { } last
            ? $"{title} at {NumberFormat.Context(last.Trial.ContextTokens)}"
            : title;

    // Without digit groups.
    private static string FormatId(int id) => FormattableString.Invariant($"{id}");

    private static string FormatCount(LadderRung rung) =>
        $"{NumberFormat.Tokens(rung.Completed)} of {NumberFormat.Tokens(rung.Completed + rung.Failed)}";

    private static string FormatLeft(double seconds) => seconds < 1 ? "nearly done"
        : $"about {NumberFormat.EstimatedDuration(seconds)} left";
}
