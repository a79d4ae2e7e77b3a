using MemoryWall.Analysis.Walls;
using MemoryWall.Facts;
using MemoryWall.Store;
using MemoryWall.Time;

namespace MemoryWall.Sweeps;

/// <summary>
/// Runs a plan: preflight, then each step in the order of its schedule. A failed trial is a result and the sweep goes on; everything
/// measured is on disk before the next step begins.
/// </summary>
public static class Sweeper
{
    /// <summary>Runs a plan as a new run.</summary>
    /// <param name="plan">What to do.</param>
    /// <param name="settings">Where and how.</param>
    /// <param name="observer">Told what happens.</param>
    /// <param name="cancellation">The user's wish to stop: the trial in flight is stored as cancelled, and the run is readable.</param>
    public static async Task<SweepResult> RunAsync(SweepPlan plan, SweepSettings settings, ISweepObserver observer, CancellationToken cancellation)
    {
        if (settings.Turn is { } turn)
            await turn.NextAsync(cancellation).ConfigureAwait(false);
        var clock = RunClock.Start(settings.Time);
        var log = new ServerLog();
        await using var ready = await Preflight.RunAsync(plan, settings, clock, log, observer, cancellation).ConfigureAwait(false);
        if (ready.Session is null || ready.StopsTheRun)
            return SweepResult.Stopped(ready.Findings);
        plan = ready.Plan;
        using var telemetry = TelemetryRecorder.Start(clock, settings, ready.Session.ModelPath);
        var manifest = Manifest.Of(plan, ready, clock) with { Telemetry = telemetry?.Sampler.Schema };
        try
        {
            using var writer = new RunStore(settings.RunsDirectory).Create(manifest);
            var schedule = ScheduleOf(plan, ready, settings, []);
            observer.Started(manifest, writer.Directory, schedule.Certain);
            writer.AppendEvent(new RunEvent(clock.Now, "started", $"{schedule.Certain.Count} steps{(plan.Wall is null && plan.Crossover is null && plan.Precision is null ? "" : ", and what they ask for")}"));
            return await ExecuteAsync(schedule, [], ready, plan, settings, writer, manifest, clock, log, telemetry, observer, cancellation).ConfigureAwait(false);
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
    public static async Task<SweepResult> ResumeAsync(string runId, SweepSettings settings, ISweepObserver observer, CancellationToken cancellation)
    {
        var store = new RunStore(settings.RunsDirectory);
        var run = store.Read(runId, withMarks: false);
        var plan = run.Manifest.Plan;
        if (plan.Wall is null && Schedule.Remaining(plan, run.Trials).Count == 0)
            return new SweepResult(SweepResult.EndingOf(run.Trials, cancelled: false), run.Manifest.RunId, Path.Combine(store.Root, run.Manifest.RunId), []);

        var clock = RunClock.Resume(run.Manifest.StartedUtc, settings.Time);
        var log = new ServerLog();
        await using var ready = await Preflight.RunAsync(plan, settings, clock, log, observer, cancellation).ConfigureAwait(false);
        if (ready.Session is null || ready.StopsTheRun)
            return SweepResult.Stopped(ready.Findings);
        using var telemetry = TelemetryRecorder.Start(clock, settings, ready.Session.ModelPath);
        try
        {
            using var writer = store.Resume(run.Manifest.RunId);
            var schedule = ScheduleOf(plan, ready, settings, run.Trials);
            observer.Started(run.Manifest, writer.Directory, schedule.Certain);
            writer.AppendEvent(new RunEvent(clock.Now, "resumed", $"{schedule.Certain.Count} steps are left"));
            foreach (var difference in Manifest.Differences(run.Manifest, Manifest.Of(plan, ready, clock)))
                Tell(new RunEvent(clock.Now, "changed_since_start", difference), writer, observer);
            return await ExecuteAsync(schedule, run.Trials, ready, plan, settings, writer, run.Manifest, clock, log, telemetry, observer, cancellation).ConfigureAwait(false);
        }
        catch (StoreException error)
        {
            return new SweepResult(SweepEnding.StoreFailed, run.Manifest.RunId, null, ready.Findings, error.Message);
        }
    }

    private static ISchedule ScheduleOf(SweepPlan plan, Readiness ready, SweepSettings settings, IReadOnlyList<Trial> done)
    {
        ISchedule schedule = plan switch
        {
            { Wall: not null } => new WallSchedule(plan, ready.Target!.Shape, WallRange.Most(plan, ready, settings)),
            _ when Schedule.TakesPasses(plan) => new PassSchedule(plan, done),
            _ => Schedule.For(plan, done.Count == 0 ? Schedule.Of(plan) : Schedule.Remaining(plan, done)),
        };
        return plan.WarmupsUntilSettled ? new ScheduleChain([new WarmUpSchedule(plan, done.Count), schedule]) : schedule;
    }

    private static async Task<SweepResult> ExecuteAsync(
        ISchedule schedule, IReadOnlyList<Trial> done, Readiness ready, SweepPlan plan, SweepSettings settings, RunWriter writer, RunManifest manifest, RunClock clock, ServerLog log,
        TelemetryRecorder? telemetry, ISweepObserver observer, CancellationToken cancellation)
    {
        log.Attach(writer.OpenServerLog());
        using var states = new SavedStates(plan);
        try
        {
            if (telemetry is not null)
            {
                telemetry.Record(writer.Directory);
                observer.Sampling(telemetry.Sampler);
                if (ready.Session!.Watch(telemetry.Sampler) is { } why)
                    Tell(new RunEvent(clock.Now, "note", $"the server's processes are not watched, so no phase has a verdict: {why}"), writer, observer);
                await telemetry.WatchIdleAsync(cancellation).ConfigureAwait(false);
            }
            if (WallRange.Note(plan, ready, settings) is { } note)
                Tell(new RunEvent(clock.Now, "note", note), writer, observer);
            var trials = await StepsAsync(schedule, done, ready, plan, settings, writer, clock, telemetry, observer, cancellation).ConfigureAwait(false);
            if (telemetry is not null)
                NoteSampling(telemetry, writer, clock, observer);
            if (ForecastError.Describe(ForecastError.Of(trials, plan, manifest.Target)) is { } error)
                Tell(new RunEvent(clock.Now, "forecast_error", error), writer, observer);
            var ending = SweepResult.EndingOf(trials, cancellation.IsCancellationRequested);
            writer.AppendEvent(new RunEvent(clock.Now, "ended", ending.ToString()));
            return new SweepResult(ending, manifest.RunId, writer.Directory, ready.Findings);
        }
        finally
        {
            // The writer closes the log before the session ends the child.
            log.Detach();
        }
    }

    private static async Task<IReadOnlyList<Trial>> StepsAsync(
        ISchedule schedule, IReadOnlyList<Trial> done, Readiness ready, SweepPlan plan, SweepSettings settings, RunWriter writer, RunClock clock,
        TelemetryRecorder? telemetry, ISweepObserver observer, CancellationToken cancellation)
    {
        var bursting = telemetry is null ? observer : new PhaseBursts(observer, telemetry.Sampler);
        var runner = new TrialRunner(plan, ready.Session!, ready.Prompts!, clock, bursting);
        var passes = new PassRunner(plan, ready.Session!, ready.Prompts!, runner, bursting);
        var trials = new List<Trial>();
        for (var place = 1; !cancellation.IsCancellationRequested && schedule.Next([.. done, .. trials]) is { } step; place++)
        {
            var number = writer.NextTrialNumber;
            observer.StepStarted(step, place);
            var revival = await ReviveAsync(ready.Session!, cancellation).ConfigureAwait(false);
            if (revival is { Problem: null } && telemetry is not null)
                ready.Session!.Watch(telemetry.Sampler);
            if (revival is not null && (!revival.WasPlanned || revival.Problem is not null))
                Tell(new RunEvent(clock.Now, "target_restarted", revival.Problem is { } why ? $"{revival.Message}: {why.Detail}" : revival.Message, number), writer, observer);
            writer.AppendEvent(new RunEvent(clock.Now, "trial_started", $"{string.Join(", ", step.Probes.Count > 0 ? step.Probes : [step.ContextTokens])} tokens, repetition {step.Repetition}", number));
            var results = (revival?.Problem, step.Probes.Count) switch
            {
                ({ } problem, 0) => runner.Unreachable(step, number, problem).ToAsyncEnumerable(),
                ({ } problem, _) => new[] { passes.Unreachable(step, number, problem) }.ToAsyncEnumerable(),
                (null, 0) => (await runner.RunAsync(step, number, revival is { WasPlanned: false }, cancellation).ConfigureAwait(false)).ToAsyncEnumerable(),
                _ => passes.RunAsync(step, number, revival is { WasPlanned: false }, cancellation),
            };
            await foreach (var (trial, marks) in results.ConfigureAwait(false))
            {
                foreach (var note in runner.Notes)
                    Tell(new RunEvent(clock.Now, "note", note, number), writer, observer);
                runner.Notes.Clear();
                writer.AppendTrial(trial, marks);
                trials.Add(trial);
                observer.TrialEnded(trial);
            }
            // What a process has behind it decides how much it holds beside the model; at the edge of memory each trial gets a fresh one.
            if (plan.Wall is not null || settings.Turn is not null)
                await ready.Session!.RestAsync().ConfigureAwait(false);
            if (settings.Turn is { } turn && !cancellation.IsCancellationRequested)
                await TurnAsync(turn, cancellation).ConfigureAwait(false);
        }
        return trials;
    }

    private static async Task TurnAsync(Turns.Place turn, CancellationToken cancellation)
    {
        try
        {
            await turn.NextAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The sweep ends as cancelled at its next look.
        }
    }

    private static void NoteSampling(TelemetryRecorder telemetry, RunWriter writer, RunClock clock, ISweepObserver observer)
    {
        var statistics = telemetry.Sampler.Statistics;
        var sampled = new RunEvent(clock.Now, "sampled", FormattableString.Invariant(
            $"{statistics.Samples} samples taken, {statistics.Missed} points missed, {statistics.Lost} lost; the sampler used {statistics.CpuTime?.TotalSeconds:0.###} s of a core"));
        writer.AppendEvent(sampled);
        // Gaps in the timeline are told to who watches, too.
        if (statistics.Missed + statistics.Lost > 0)
            observer.Happened(sampled);
        if (statistics.ProbeFailure is { } failure)
            Tell(new RunEvent(clock.Now, "note", $"telemetry: {failure}"), writer, observer);
        if (telemetry.Problem is { } problem)
            Tell(new RunEvent(clock.Now, "note", $"telemetry could not be stored to the end: {problem}"), writer, observer);
        foreach (var stayed in telemetry.Close())
            Tell(new RunEvent(clock.Now, "note", stayed), writer, observer);
    }

    private static async Task<Revival?> ReviveAsync(ITargetSession session, CancellationToken cancellation)
    {
        try
        {
            return await session.ReviveAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new Revival("the restart was stopped", new Cancelled());
        }
    }

    private static void Tell(RunEvent what, RunWriter writer, ISweepObserver observer)
    {
        writer.AppendEvent(what);
        observer.Happened(what);
    }
}
