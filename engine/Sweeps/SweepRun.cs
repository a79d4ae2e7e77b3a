using MemoryWall.Analysis.Reports;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Sampling;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.Sweeps.Live;
using MemoryWall.Sweeps.Preflight;
using MemoryWall.Sweeps.Recording;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Sweeps.Strategies;
using MemoryWall.Sweeps.Trials;

namespace MemoryWall.Sweeps;

/// <summary>One sweep with everything that lives as long as it: clock, target session, telemetry, stored run and observer.</summary>
internal sealed class SweepRun : IAsyncDisposable
{
    private readonly SweepEnvironment _environment;
    private readonly ServerLogBuffer _serverLog;
    private readonly PreflightResult _preflight;
    private readonly TelemetryRecorder? _telemetry;
    private readonly LiveTracker _live;

    private SweepRun(SweepEnvironment environment, LiveTracker live, ServerLogBuffer serverLog, PreflightResult preflight)
    {
        _environment = environment;
        _live = live;
        _serverLog = serverLog;
        _preflight = preflight;
        _telemetry = preflight.CanRun
            ? TelemetryRecorder.Start(environment.Clock, environment.Settings, preflight.Exporters, new SamplerOptions
            {
                ModelPath = preflight.Session.ModelPath,
                TierFolder = preflight.Plan.Options.Tier?.Folder,
            })
            : null;
    }

    /// <summary>Runs the preflight of a plan and starts its target and its telemetry.</summary>
    /// <param name="plan">What to measure.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="settings">Where the run is stored and how the target is reached.</param>
    /// <param name="observer">Follows the sweep.</param>
    /// <param name="cancellation">The user's request to stop.</param>
    public static async Task<SweepRun> PrepareAsync(SweepPlan plan, RunClock clock, SweepSettings settings, ISweepObserver observer,
        CancellationToken cancellation)
    {
        var serverLog = new ServerLogBuffer();
        var live = new LiveTracker(clock, settings.RoundRobin?.GroupId);
        var environment = new SweepEnvironment
        {
            Settings = settings,
            Clock = clock,
            Observer = new ObserverPair(live, observer),
            OnServerLogLine = serverLog.Add,
        };
        var preflight = await PreflightRunner.RunAsync(plan, environment, cancellation).ConfigureAwait(false);
        return new SweepRun(environment, live, serverLog, preflight);
    }

    /// <summary>Whether preflight found nothing that stops the sweep.</summary>
    public bool CanRun => _preflight.CanRun;

    /// <summary>Stops the target until the first step, where this program started it.</summary>
    public Task PauseAsync() => _preflight.Session?.StopAsync() ?? Task.CompletedTask;

    /// <summary>The result of a sweep that does not begin.</summary>
    public SweepResult Refuse(PreflightFinding reason) => SweepResult.FromFailedPreflight([.. _preflight.Findings, reason]);

    /// <summary>Runs the plan as a new run.</summary>
    public async Task<SweepResult> StartAsync(CancellationToken cancellation)
    {
        if (!_preflight.CanRun)
            return SweepResult.FromFailedPreflight(_preflight.Findings);
        var created = ManifestBuilder.Create(_preflight.Plan, _preflight, _environment.Clock);
        var manifest = created with
        {
            RunId = _environment.Settings.RunId ?? created.RunId,
            Telemetry = _telemetry?.Sampler.Schema,
            Label = _environment.Settings.Label,
            Note = _environment.Settings.Note,
            Comparison = _environment.Settings.Comparison,
        };
        return await StoreAsync(manifest, resumed: null, cancellation).ConfigureAwait(false);
    }

    /// <summary>Runs the missing trials of a stored run.</summary>
    public async Task<SweepResult> ResumeAsync(Run stored, CancellationToken cancellation) => _preflight.CanRun
        ? await StoreAsync(stored.Manifest, stored, cancellation).ConfigureAwait(false)
        : SweepResult.FromFailedPreflight(_preflight.Findings);

    public async ValueTask DisposeAsync()
    {
        _telemetry?.Dispose();
        await _preflight.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<SweepResult> StoreAsync(RunManifest manifest, Run? resumed, CancellationToken cancellation)
    {
        try
        {
            var store = new RunStore(_environment.Settings.RunsDirectory);
            using var writer = resumed is null ? store.Create(manifest) : store.Resume(manifest.RunId);
            var existing = resumed?.Trials ?? [];
            var strategy = StrategyFactory.Create(manifest.Plan, _preflight, _environment.Settings,
                RunReport.Create(new Run { Manifest = manifest, Trials = existing }));
            var log = new RunLog(writer, _environment.Clock, _environment.Observer);
            _environment.Observer.RunStarted(manifest, writer.Directory, strategy.PlannedSteps);
            using var publisher = LivePublisher.Start(_live, writer.Directory);
            if (resumed is null)
                LogStart(manifest.Plan, strategy.PlannedSteps.Count, log);
            else
                LogResume(manifest, strategy.PlannedSteps.Count, log);
            var ending = await MeasureAsync(new StoredRun(manifest, existing, writer, log), strategy, cancellation).ConfigureAwait(false);
            return new SweepResult(ending, manifest.RunId, writer.Directory, _preflight.Findings);
        }
        catch (StoreException error)
        {
            return new SweepResult(SweepEnding.StoreFailed, manifest.RunId, null, _preflight.Findings, error.Message);
        }
    }

    private static void LogStart(SweepPlan plan, int plannedSteps, RunLog log)
    {
        var isAdaptive = plan.Wall is not null || plan.Crossover is not null || plan.Precision is not null;
        log.Store(RunEvents.Started, $"{plannedSteps} steps{(isAdaptive ? ", and those that the measurements ask for" : "")}");
    }

    private void LogResume(RunManifest manifest, int plannedSteps, RunLog log)
    {
        log.Store(RunEvents.Resumed, $"{plannedSteps} steps are left");
        var now = ManifestBuilder.Create(manifest.Plan, _preflight, _environment.Clock);
        foreach (var difference in ManifestBuilder.DescribeDifferences(manifest, now))
            log.StoreAndShow("changed_since_start", difference);
    }

    private async Task<SweepEnding> MeasureAsync(StoredRun run, ISweepStrategy strategy, CancellationToken cancellation)
    {
        _serverLog.Attach(run.Writer.OpenServerLog());
        using var savedKvCaches = new SavedKvCacheCleanup(run.Manifest.Plan);
        try
        {
            if (_telemetry is not null)
                await StartTelemetryAsync(_telemetry, run, cancellation).ConfigureAwait(false);
            if (WallSearchLimit.DescribeLimit(run.Manifest.Plan, _preflight, _environment.Settings) is { } note)
                run.Log.StoreAndShow("note", note);
            var trials = await CreateStepLoop(run).RunAsync(strategy, run.ExistingTrials, cancellation).ConfigureAwait(false);
            _telemetry?.Finish(run.Log);
            var ending = SweepResult.DetermineEnding(trials, cancellation.IsCancellationRequested);
            run.Log.Store(RunEvents.Ended, ending.ToString());
            return ending;
        }
        finally
        {
            // The writer closes the log before the session ends the server.
            _serverLog.Detach();
        }
    }

    private async Task StartTelemetryAsync(TelemetryRecorder telemetry, StoredRun run, CancellationToken cancellation)
    {
        telemetry.StartWriting(run.Writer.Directory);
        _environment.Observer.SamplerStarted(telemetry.Sampler);
        if (_preflight.Session!.Watch(telemetry.Sampler) is { } reason)
            run.Log.StoreAndShow("note", StepLoop.DescribeUnwatched(reason));
        await telemetry.RecordIdleAsync(cancellation).ConfigureAwait(false);
    }

    private StepLoop CreateStepLoop(StoredRun run)
    {
        var trials = new TrialEnvironment
        {
            Plan = run.Manifest.Plan,
            Session = _preflight.Session!,
            Prompts = _preflight.Prompts!,
            PromptAs = _preflight.PromptAs!.Value,
            TakesTokenIds = _preflight.Target!.TakesTokenIds,
            Clock = _environment.Clock,
            Observer = _environment.Observer,
            Sampler = _telemetry?.Sampler,
        };
        return new StepLoop(run.Manifest, trials, run.Writer, run.Log, _environment.Settings.RoundRobin);
    }

    private sealed record StoredRun(RunManifest Manifest, IReadOnlyList<Trial> ExistingTrials, RunWriter Writer, RunLog Log);
}
