using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.Sweeps.Preflight;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Sweeps;

/// <summary>
/// Starts and resumes sweeps. A command calls it and awaits the result; what shows the sweep is only an observer. A failed trial is a
/// result and the sweep goes on; everything measured is on disk before the next step begins.
/// </summary>
internal static class Sweeper
{
    /// <summary>Why a system that can run did not.</summary>
    public static PreflightFinding OtherSystemCannotRun { get; } =
        PreflightFinding.Note("comparison", "nothing was measured, because another of its systems cannot run");

    /// <summary>Why a plan was not measured under a cap that is right.</summary>
    public static PreflightFinding OtherCapCannotRun { get; } =
        PreflightFinding.Note("cap", "nothing was measured, because another cap of the list cannot be used");

    /// <summary>Runs a plan as a new run.</summary>
    /// <param name="plan">What to measure.</param>
    /// <param name="settings">Where the run is stored and how the target is reached.</param>
    /// <param name="observer">Follows the sweep.</param>
    /// <param name="cancellation">The user's request to stop: the trial in flight is stored as cancelled, and the run is readable.</param>
    public static async Task<SweepResult> RunAsync(SweepPlan plan, SweepSettings settings, ISweepObserver observer,
        CancellationToken cancellation)
    {
        if (settings.RoundRobin is { } turn)
        {
            await turn.WaitForTurnAsync(cancellation).ConfigureAwait(false);
            if (turn.IsAnyUnable())
                return SweepResult.FromFailedPreflight([OtherSystemCannotRun]);
        }
        var clock = RunClock.Start(settings.TimeProvider);
        await using var run = await SweepRun.PrepareAsync(plan, clock, settings, observer, cancellation).ConfigureAwait(false);
        return await FindStopAsync(run, settings, cancellation).ConfigureAwait(false)
            ?? await run.StartAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>The results of plans of which at least one cannot run, so that none of them is started; null where all may run.</summary>
    /// <param name="plans">The plans.</param>
    /// <param name="settings">How the targets are reached.</param>
    /// <param name="otherCannotRun">What the result of a plan that may run says.</param>
    public static IReadOnlyList<SweepResult>? RefuseAll(IEnumerable<SweepPlan> plans, SweepSettings settings,
        PreflightFinding otherCannotRun)
    {
        var found = plans.Select(plan => StartCheck.Find(plan, settings.Connection)).ToList();
        if (found.TrueForAll(findings => findings.Count == 0))
            return null;
        // A plan that is right says why it did not run.
        return [.. found.Select(findings => SweepResult.FromFailedPreflight(findings.Count > 0 ? findings : [otherCannotRun]))];
    }

    /// <summary>Runs the missing trials of a stored run by its own plan.</summary>
    /// <param name="runId">The run's id, or its beginning where no other run shares it.</param>
    /// <param name="settings">Where the run is stored and how the target is reached.</param>
    /// <param name="observer">Follows the sweep.</param>
    /// <param name="cancellation">The user's request to stop.</param>
    /// <exception cref="StoreException">There is no such run, it is a copy under another name, or it cannot be read or
    /// written.</exception>
    public static async Task<SweepResult> ResumeAsync(string runId, SweepSettings settings, ISweepObserver observer,
        CancellationToken cancellation)
    {
        var store = new RunStore(settings.RunsDirectory);
        // Which steps are missing rests on doubts, and these on the marks.
        var stored = store.Read(runId, withMarks: true);
        var id = store.FindId(runId);
        if (RunId.FindMismatch(stored.Manifest.RunId, id) is { } mismatch)
            throw StoreException.FromSentence(Path.Combine(store.Root, id), mismatch);
        var plan = stored.Manifest.Plan;
        if (PlanCheck.CheckGrid(plan) is { Count: > 0 } wrong)
        {
            settings.RoundRobin?.Report(canRun: false);
            return SweepResult.FromFailedPreflight(wrong);
        }
        if (plan.Wall is null && StepPlanner.PlanRemainingSteps(plan, RunReport.Create(stored)).Count == 0)
        {
            settings.RoundRobin?.Report(canRun: true);
            return new SweepResult(SweepResult.DetermineEnding(stored.Trials, cancelled: false), stored.Manifest.RunId,
                Path.Combine(store.Root, stored.Manifest.RunId), []);
        }
        if (settings.RoundRobin?.IsAnyUnable() == true)
            return SweepResult.FromFailedPreflight([OtherSystemCannotRun]);
        if (StoredPlanTrust.Check(Path.Combine(store.Root, id), stored.Manifest, settings.TrustsStoredPlan) is { } untrusted)
        {
            settings.RoundRobin?.Report(canRun: false);
            return SweepResult.FromFailedPreflight([untrusted]);
        }
        var clock = RunClock.Resume(stored.Manifest.StartedUtc, settings.TimeProvider);
        await using var run = await SweepRun.PrepareAsync(plan, clock, settings, observer, cancellation).ConfigureAwait(false);
        return await FindStopAsync(run, settings, cancellation).ConfigureAwait(false)
            ?? await run.ResumeAsync(stored, cancellation).ConfigureAwait(false);
    }

    // A comparison begins only where all of its systems can run: the last must not be found wrong after the trials of the others.
    private static async Task<SweepResult?> FindStopAsync(SweepRun run, SweepSettings settings, CancellationToken cancellation)
    {
        if (settings.RoundRobin is not { } turn)
            return null;
        turn.Report(run.CanRun);
        if (!run.CanRun)
            return null;
        // Meanwhile this system uses no memory.
        await run.PauseAsync().ConfigureAwait(false);
        return await turn.WaitForOthersAsync(cancellation).ConfigureAwait(false)
            ? null
            : run.Refuse(OtherSystemCannotRun);
    }
}
