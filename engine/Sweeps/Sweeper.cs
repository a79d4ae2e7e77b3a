using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;

namespace MemoryWall.Sweeps;

/// <summary>
/// Runs a plan: preflight, then each step in the order of its schedule. A failed trial is a result and the sweep goes on; everything
/// measured is on disk before the next step begins.
/// </summary>
internal static class Sweeper
{
    /// <summary>Runs a plan as a new run.</summary>
    /// <param name="plan">What to do.</param>
    /// <param name="settings">Where and how.</param>
    /// <param name="observer">Told what happens.</param>
    /// <param name="cancellation">The user's wish to stop: the trial in flight is stored as cancelled, and the run is readable.</param>
    public static async Task<SweepResult> RunAsync(SweepPlan plan, SweepSettings settings, ISweepObserver observer,
        CancellationToken cancellation)
    {
        if (settings.RoundRobin is { } turn)
            await turn.WaitForTurnAsync(cancellation).ConfigureAwait(false);
        var clock = RunClock.Start(settings.TimeProvider);
        var log = new ServerLogBuffer();
        await using var ready = await Preflight.RunAsync(plan, settings, clock, log, observer, cancellation).ConfigureAwait(false);
        if (ready.Session is null || ready.IsBlocked)
            return SweepResult.FromFailedPreflight(ready.Findings);
        plan = ready.Plan;
        using var telemetry = TelemetryRecorder.Start(clock, settings, ready.Session.ModelPath);
        var manifest = ManifestBuilder.Create(plan, ready, clock) with { Telemetry = telemetry?.Sampler.Schema };
        try
        {
            using var writer = new RunStore(settings.RunsDirectory).Create(manifest);
            var schedule = CreateSchedule(plan, ready, settings, []);
            observer.RunStarted(manifest, writer.Directory, schedule.PlannedSteps);
            writer.AppendEvent(
                new RunEvent(clock.Now, "started",
                    $"{schedule.PlannedSteps.Count} steps{(plan.Wall is null && plan.Crossover is null && plan.Precision is null ? "" : ", and what they ask for")}"));
            return await ExecuteAsync(schedule, [], ready, plan, settings, writer, manifest, clock, log, telemetry, observer, cancellation)
                .ConfigureAwait(false);
        }
        catch (StoreException error)
        {
            return new SweepResult(SweepEnding.StoreFailed, manifest.RunId, null, ready.Findings, error.Message);
        }
    }

    /// <summary>Finishes what is missing of a stored run, by its own plan.</summary>
    /// <param name="runId">The run's id, or a beginning of it that no other run shares.</param>
    /// <param name="settings">Where and how.</param>
    /// <param name="observer">Told what happens.</param>
    /// <param name="cancellation">The user's wish to stop.</param>
    /// <exception cref="StoreException">There is no such run, or it cannot be read or written.</exception>
    public static async Task<SweepResult> ResumeAsync(string runId, SweepSettings settings, ISweepObserver observer,
        CancellationToken cancellation)
    {
        var store = new RunStore(settings.RunsDirectory);
        var run = store.Read(runId, withMarks: false);
        var plan = run.Manifest.Plan;
        if (plan.Wall is null && StepPlanner.PlanRemainingSteps(plan, run.Trials).Count == 0)
            return new SweepResult(SweepResult.DetermineEnding(run.Trials, cancelled: false), run.Manifest.RunId,
                Path.Combine(store.Root, run.Manifest.RunId), []);

        var clock = RunClock.Resume(run.Manifest.StartedUtc, settings.TimeProvider);
        var log = new ServerLogBuffer();
        await using var ready = await Preflight.RunAsync(plan, settings, clock, log, observer, cancellation).ConfigureAwait(false);
        if (ready.Session is null || ready.IsBlocked)
            return SweepResult.FromFailedPreflight(ready.Findings);
        using var telemetry = TelemetryRecorder.Start(clock, settings, ready.Session.ModelPath);
        try
        {
            using var writer = store.Resume(run.Manifest.RunId);
            var schedule = CreateSchedule(plan, ready, settings, run.Trials);
            observer.RunStarted(run.Manifest, writer.Directory, schedule.PlannedSteps);
            writer.AppendEvent(new RunEvent(clock.Now, "resumed", $"{schedule.PlannedSteps.Count} steps are left"));
            foreach (var difference in ManifestBuilder.DescribeDifferences(run.Manifest, ManifestBuilder.Create(plan, ready, clock)))
                LogEvent(new RunEvent(clock.Now, "changed_since_start", difference), writer, observer);
            return await ExecuteAsync(schedule, run.Trials, ready, plan, settings, writer, run.Manifest, clock, log, telemetry, observer,
                cancellation).ConfigureAwait(false);
        }
        catch (StoreException error)
        {
            return new SweepResult(SweepEnding.StoreFailed, run.Manifest.RunId, null, ready.Findings, error.Message);
        }
    }

    private static ISchedule CreateSchedule(SweepPlan plan, PreflightResult ready, SweepSettings settings, IReadOnlyList<Trial> done)
    {
        ISchedule schedule = plan switch
        {
            { Wall: not null } => new WallSchedule(plan, ready.Target!.Shape, WallSearchLimit.ComputeMaxContext(plan, ready, settings)),
            _ when StepPlanner.UsesIncrementalDepth(plan) => new IncrementalSchedule(plan, done),
            _ => StepPlanner.CreateSchedule(plan,
                done.Count == 0 ? StepPlanner.PlanSteps(plan) : StepPlanner.PlanRemainingSteps(plan, done)),
        };
        return plan.WarmupsUntilSettled ? new ScheduleChain([new WarmUpSchedule(plan, done.Count), schedule]) : schedule;
    }

    private static async Task<SweepResult> ExecuteAsync(
        ISchedule schedule, IReadOnlyList<Trial> done, PreflightResult ready, SweepPlan plan, SweepSettings settings, RunWriter writer,
        RunManifest manifest, RunClock clock, ServerLogBuffer log,
        TelemetryRecorder? telemetry, ISweepObserver observer, CancellationToken cancellation)
    {
        log.Attach(writer.OpenServerLog());
        using var states = new SavedKvCacheCleanup(plan);
        try
        {
            if (telemetry is not null)
            {
                telemetry.StartWriting(writer.Directory);
                observer.SamplerStarted(telemetry.Sampler);
                if (ready.Session!.Watch(telemetry.Sampler) is { } why)
                    LogEvent(new RunEvent(clock.Now, "note", $"the server's processes are not watched, so no phase has a verdict: {why}"),
                        writer, observer);
                await telemetry.RecordIdleAsync(cancellation).ConfigureAwait(false);
            }
            if (WallSearchLimit.DescribeLimit(plan, ready, settings) is { } note)
                LogEvent(new RunEvent(clock.Now, "note", note), writer, observer);
            var trials = await RunStepsAsync(schedule, done, ready, plan, settings, writer, clock, telemetry, observer, cancellation)
                .ConfigureAwait(false);
            if (telemetry is not null)
                LogSamplerStatistics(telemetry, writer, clock, observer);
            if (ForecastError.Describe(ForecastError.ComputeErrors(trials, plan, manifest.Target)) is { } error)
                LogEvent(new RunEvent(clock.Now, "forecast_error", error), writer, observer);
            var ending = SweepResult.DetermineEnding(trials, cancellation.IsCancellationRequested);
            writer.AppendEvent(new RunEvent(clock.Now, "ended", ending.ToString()));
            return new SweepResult(ending, manifest.RunId, writer.Directory, ready.Findings);
        }
        finally
        {
            // The writer closes the log before the session ends the child.
            log.Detach();
        }
    }

    private static async Task<IReadOnlyList<Trial>> RunStepsAsync(
        ISchedule schedule, IReadOnlyList<Trial> done, PreflightResult ready, SweepPlan plan, SweepSettings settings, RunWriter writer,
        RunClock clock,
        TelemetryRecorder? telemetry, ISweepObserver observer, CancellationToken cancellation)
    {
        var bursting = telemetry is null ? observer : new PhaseBurstObserver(observer, telemetry.Sampler);
        var runner = new TrialRunner(plan, ready.Session!, ready.Prompts!, clock, bursting);
        var passes = new IncrementalRunner(plan, ready.Session!, ready.Prompts!, runner, bursting);
        var trials = new List<Trial>();
        for (var place = 1; !cancellation.IsCancellationRequested && schedule.Next([.. done, .. trials]) is { } step; place++)
        {
            var number = writer.NextTrialNumber;
            observer.StepStarted(step, place);
            var revival = await RestartIfNeededAsync(ready.Session!, cancellation).ConfigureAwait(false);
            if (revival is { Problem: null } && telemetry is not null)
                ready.Session!.Watch(telemetry.Sampler);
            if (revival is not null && (!revival.WasPlanned || revival.Problem is not null))
                LogEvent(
                    new RunEvent(clock.Now, "target_restarted",
                        revival.Problem is { } why ? $"{revival.Message}: {why.Detail}" : revival.Message, number), writer, observer);
            writer.AppendEvent(
                new RunEvent(clock.Now, "trial_started",
                    $"{string.Join(", ", step.IncrementalContexts.Count > 0 ? step.IncrementalContexts : [step.ContextTokens])} tokens, repetition {step.Repetition}", number));
            var results = (revival?.Problem, step.IncrementalContexts.Count) switch
            {
                ({ } problem, 0) => runner.CreateUnreachableTrials(step, number, problem).ToAsyncEnumerable(),
                ({ } problem, _) => new[] { passes.CreateUnreachableTrial(step, number, problem) }.ToAsyncEnumerable(),
                (null, 0) =>
                    (await runner.RunAsync(step, number, revival is { WasPlanned: false }, cancellation)
                        .ConfigureAwait(false)).ToAsyncEnumerable(),
                _ => passes.RunAsync(step, number, revival is { WasPlanned: false }, cancellation),
            };
            await foreach (var (trial, marks) in results.ConfigureAwait(false))
            {
                foreach (var note in runner.Notes)
                    LogEvent(new RunEvent(clock.Now, "note", note, number), writer, observer);
                runner.Notes.Clear();
                writer.AppendTrial(trial, marks);
                trials.Add(trial);
                observer.TrialEnded(trial);
            }
            // What a process has behind it decides how much it holds beside the model; at the edge of memory each trial gets a fresh one.
            if (plan.Wall is not null || settings.RoundRobin is not null)
                await ready.Session!.StopAsync().ConfigureAwait(false);
            if (settings.RoundRobin is { } turn && !cancellation.IsCancellationRequested)
                await WaitForTurnAsync(turn, cancellation).ConfigureAwait(false);
        }
        return trials;
    }

    private static async Task WaitForTurnAsync(RoundRobinScheduler.Participant turn, CancellationToken cancellation)
    {
        try
        {
            await turn.WaitForTurnAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The sweep ends as cancelled at its next look.
        }
    }

    private static void LogSamplerStatistics(TelemetryRecorder telemetry, RunWriter writer, RunClock clock, ISweepObserver observer)
    {
        var statistics = telemetry.Sampler.Statistics;
        var sampled = new RunEvent(clock.Now, "sampled", FormattableString.Invariant(
            $"{statistics.Samples} samples taken, {statistics.Missed} points missed, {statistics.Lost} lost; the sampler used {statistics.CpuTime?.TotalSeconds:0.###} s of a core"));
        writer.AppendEvent(sampled);
        // Gaps in the timeline are told to who watches, too.
        if (statistics.Missed + statistics.Lost > 0)
            observer.EventLogged(sampled);
        if (statistics.ProbeFailure is { } failure)
            LogEvent(new RunEvent(clock.Now, "note", $"telemetry: {failure}"), writer, observer);
        if (telemetry.Problem is { } problem)
            LogEvent(new RunEvent(clock.Now, "note", $"telemetry could not be stored to the end: {problem}"), writer, observer);
        foreach (var stayed in telemetry.StopAndCompact())
            LogEvent(new RunEvent(clock.Now, "note", stayed), writer, observer);
    }

    private static async Task<RestartResult?> RestartIfNeededAsync(ITargetSession session, CancellationToken cancellation)
    {
        try
        {
            return await session.RestartIfNeededAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new RestartResult("the restart was stopped", new Cancelled());
        }
    }

    private static void LogEvent(RunEvent what, RunWriter writer, ISweepObserver observer)
    {
        writer.AppendEvent(what);
        observer.EventLogged(what);
    }
}
