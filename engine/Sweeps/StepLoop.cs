using System.Runtime.CompilerServices;
using MemoryWall.Analysis.Reports;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;
using MemoryWall.Sweeps.Conversations;
using MemoryWall.Sweeps.Recording;
using MemoryWall.Sweeps.Sessions;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Sweeps.Strategies;
using MemoryWall.Sweeps.Trials;

namespace MemoryWall.Sweeps;

/// <summary>Runs the steps of a strategy one after another and stores each trial before the next step begins.</summary>
internal sealed class StepLoop(RunManifest manifest, TrialEnvironment environment, RunWriter writer, RunLog log,
    RoundRobinScheduler.Participant? turn)
{
    private readonly TrialRunner _trials = new(environment);
    private readonly IncrementalRunner _passes = new(environment);
    private SessionRunner? _sessions;

    /// <summary>Runs all steps.</summary>
    /// <param name="strategy">Chooses the steps.</param>
    /// <param name="existing">Trials of the run from before it was resumed.</param>
    /// <param name="cancellation">The user's request to stop; ends the loop after the trial in flight.</param>
    /// <returns>The trials that were added.</returns>
    public async Task<IReadOnlyList<Trial>> RunAsync(ISweepStrategy strategy, IReadOnlyList<Trial> existing,
        CancellationToken cancellation)
    {
        var trials = new List<Trial>();
        for (var place = 1; !cancellation.IsCancellationRequested && strategy.Next(Report([.. existing, .. trials])) is { } step; place++)
        {
            var number = writer.NextTrialNumber;
            environment.Observer.StepStarted(step, place);
            await foreach (var (trial, marks) in RunStepAsync(step, number, cancellation).ConfigureAwait(false))
            {
                StoreNotes(number);
                writer.AppendTrial(trial, marks);
                trials.Add(trial);
                environment.Observer.TrialEnded(trial);
            }
            StoreNotes(number);
            // What a server allocates besides the model depends on its earlier trials: near the memory limit each trial gets a new process,
            // and so does each level of users, which finds no conversation of another one.
            if (environment.Plan is { Wall: not null } or { Sessions: not null } || turn is not null)
                await environment.Session.StopAsync().ConfigureAwait(false);
            if (turn is not null && !cancellation.IsCancellationRequested)
                await WaitForTurnAsync(turn, cancellation).ConfigureAwait(false);
        }
        return trials;
    }

    /// <summary>The note of a run whose telemetry has no values of the server.</summary>
    /// <param name="reason">Why its processes are not watched.</param>
    public static string DescribeUnwatched(string reason) =>
        $"the server's processes are not watched, so no phase has a verdict: {reason}";

    // Its parts are computed where a strategy reads them; a fixed grid reads none.
    private RunReport Report(IReadOnlyList<Trial> soFar) => RunReport.Create(new Run { Manifest = manifest, Trials = soFar });

    private async IAsyncEnumerable<MeasuredTrial> RunStepAsync(SweepStep step, int number,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var restart = await RestartAsync(number, cancellation).ConfigureAwait(false);
        log.Store("trial_started", $"{string.Join(", ", step.Contexts)} tokens, repetition {step.Repetition}", number);

        var runner = SelectRunner(step);
        var results = restart?.Problem is { } problem
            ? runner.CreateUnreachableTrials(step, number, problem).ToAsyncEnumerable()
            : runner.RunAsync(step, number, afterRestart: restart is { WasPlanned: false }, cancellation);
        await foreach (var result in results.ConfigureAwait(false))
            yield return result;
    }

    private IStepRunner SelectRunner(SweepStep step) => step switch
    {
        { Requests: not null } => _sessions ??= new SessionRunner(environment, token => RestartAsync(trial: null, token)),
        { IncrementalContexts.Count: > 0 } => _passes,
        _ => _trials,
    };

    private async Task<RestartResult?> RestartAsync(int? trial, CancellationToken cancellation)
    {
        var restart = await RestartIfNeededAsync(cancellation).ConfigureAwait(false);
        if (restart is { Problem: null } && environment.Sampler is { } sampler && environment.Session.Watch(sampler) is { } unwatched)
            environment.Notes.Add([DescribeUnwatched(unwatched)]);
        if (restart is not null && (!restart.WasPlanned || restart.Problem is not null))
            log.StoreAndShow(restart.Problem is null ? "target_restarted" : "target_unavailable",
                restart.Problem is { } reason ? $"{restart.Message}: {reason.Detail}" : restart.Message, trial);
        return restart;
    }

    private void StoreNotes(int trialNumber)
    {
        foreach (var note in environment.Notes.TakePending())
            log.StoreAndShow("note", note, trialNumber);
    }

    private async Task<RestartResult?> RestartIfNeededAsync(CancellationToken cancellation)
    {
        try
        {
            return await environment.Session.RestartIfNeededAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new RestartResult("the restart was stopped", new Cancelled());
        }
    }

    private async Task WaitForTurnAsync(RoundRobinScheduler.Participant turn, CancellationToken cancellation)
    {
        environment.Observer.WaitingForTurn();
        try
        {
            await turn.WaitForTurnAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The loop ends as cancelled at its next check.
        }
    }
}
