using MemoryWall.Core.Files;
using MemoryWall.Core.Primitives;
using MemoryWall.Experiments.State;
using MemoryWall.Machine.Caps;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Labels;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.Experiments.Execution;

/// <summary>Measures one cell: as a run of its own in a working folder, which is published when it has come to its end.</summary>
/// <param name="folder">The experiment's folder.</param>
/// <param name="plan">The experiment.</param>
/// <param name="settings">How targets are reached; the runs' folder is that of the results.</param>
/// <param name="workFolder">Where runs are written until they are finished.</param>
internal sealed class CellRunner(ExperimentFolder folder, ExperimentPlan plan, SweepSettings settings, string workFolder)
{
    /// <summary>Measures a cell, or goes on with it where the working folder has its run. Its end is stored in every case.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="round">The round.</param>
    /// <param name="observer">Follows the sweep.</param>
    /// <param name="cancellation">The user's request to stop.</param>
    /// <exception cref="StoreException">The experiment's own folder cannot be written.</exception>
    public async Task<AttemptEnd> RunAsync(ExperimentCell cell, int round, ISweepObserver observer, CancellationToken cancellation)
    {
        var began = TimeProvider.System.GetTimestamp();
        folder.Write(new AttemptStart
        {
            Cell = cell.Number,
            Round = round,
            Host = CellHost.Name,
            StartedUtc = TimeProvider.System.GetUtcNow(),
        });
        var (outcome, message) = folder.HasResult(plan.GetRunId(cell))
            ? (AttemptOutcome.AlreadyMeasured, null)
            : await MeasureAsync(cell, round, observer, cancellation).ConfigureAwait(false);
        var end = new AttemptEnd
        {
            Cell = cell.Number,
            Round = round,
            Outcome = outcome,
            Message = message is null ? null : SafeText.ToSingleLine(message, RunLabel.MaxNoteLength),
            Host = CellHost.Name,
            Seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds,
        };
        folder.Write(end);
        return end;
    }

    private async Task<(AttemptOutcome Outcome, string? Message)> MeasureAsync(ExperimentCell cell, int round, ISweepObserver observer,
        CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (plan.Settings.Limit is { } longest)
            limit.CancelAfter(longest);
        try
        {
            var result = await SweepAsync(cell, observer, limit.Token).ConfigureAwait(false);
            return result.Ending switch
            {
                SweepEnding.Completed => Publish(cell, AttemptOutcome.Completed),
                SweepEnding.SomeTrialsFailed => Publish(cell, AttemptOutcome.SomeTrialsFailed),
                SweepEnding.PreflightFailed => (AttemptOutcome.CannotRun, DescribeFindings(result)),
                SweepEnding.StoreFailed => KeepStopped(cell, round, AttemptOutcome.StoreFailed, result.Problem),
                _ => KeepStopped(cell, round, GetStopped(cancellation), DescribeStop(cancellation)),
            };
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return KeepStopped(cell, round, GetStopped(cancellation), DescribeStop(cancellation));
        }
        catch (StoreException error)
        {
            return (AttemptOutcome.StoreFailed, error.Message);
        }
        catch (Exception error) when (error is EmbeddedServerException or CapException or IOException or UnauthorizedAccessException)
        {
            return (AttemptOutcome.Failed, error.Message);
        }
    }

    private async Task<SweepResult> SweepAsync(ExperimentCell cell, ISweepObserver observer, CancellationToken cancellation)
    {
        var id = plan.GetRunId(cell);
        var own = settings with
        {
            RunsDirectory = workFolder,
            RunId = id,
            TelemetryInterval = plan.Settings.TelemetryInterval,
            Label = CellLabel.Create(plan, cell),
            Note = CellLabel.CreateNote(plan, cell),
        };
        var run = Path.Combine(workFolder, id);
        if (RegularFile.Exists(Path.Combine(run, RunFiles.Manifest)))
            return await Sweeper.ResumeAsync(id, own, observer, cancellation).ConfigureAwait(false);
        // What a process left that was killed before it wrote the manifest.
        if (Directory.Exists(run))
            Directory.Delete(run, recursive: true);
        return await Sweeper.RunAsync(cell.Plan, own, observer, cancellation).ConfigureAwait(false);
    }

    private (AttemptOutcome Outcome, string? Message) Publish(ExperimentCell cell, AttemptOutcome outcome)
    {
        var run = Path.Combine(workFolder, plan.GetRunId(cell));
        var isFirst = IsOwnWorkFolder ? RunPublisher.Move(run, folder.Runs) : RunPublisher.Copy(run, folder.Runs);
        return (isFirst ? outcome : AttemptOutcome.AlreadyMeasured, null);
    }

    // The folder of another machine is gone after its task, so what it measured is kept beside the results. It is no result.
    private (AttemptOutcome Outcome, string? Message) KeepStopped(ExperimentCell cell, int round, AttemptOutcome outcome, string? message)
    {
        var run = Path.Combine(workFolder, plan.GetRunId(cell));
        if (IsOwnWorkFolder || !Directory.Exists(run))
            return (outcome, message);
        try
        {
            var stopped = Directory.CreateDirectory(folder.GetStoppedFolder(round)).FullName;
            _ = RunPublisher.Copy(run, stopped);
            return (outcome, message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or StoreException)
        {
            return (outcome, message ?? error.Message);
        }
    }

    private bool IsOwnWorkFolder => workFolder == folder.Unfinished;

    private static AttemptOutcome GetStopped(CancellationToken cancellation) =>
        cancellation.IsCancellationRequested ? AttemptOutcome.Cancelled : AttemptOutcome.TimedOut;

    // A task of a scheduler does not learn which of these it was.
    private string? DescribeStop(CancellationToken cancellation) => cancellation.IsCancellationRequested
        ? IsOwnWorkFolder ? null : "it got the signal to stop, as by scancel, a preemption or the time limit of its job"
        : "it took longer than limits.cell";

    private static string DescribeFindings(SweepResult result) =>
        string.Join("; ", result.Findings.Where(finding => finding.StopsTheRun).Select(finding => finding.ToString()));
}
