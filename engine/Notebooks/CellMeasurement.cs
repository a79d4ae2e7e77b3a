using MemoryWall.Analysis;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Primitives;
using MemoryWall.Notebooks.DotNetInteractive;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Notebooks.Live;
using MemoryWall.Notebooks.Views;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs;
using MemoryWall.Runs.Labels;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Notebooks;

/// <summary>Measures for a cell: shows the progress, stops with the cell, and reads what was stored. The sweeps themselves are those of the
/// command line.</summary>
internal static class CellMeasurement
{
    /// <summary>Runs one sweep.</summary>
    /// <exception cref="SweepException">Preflight rejected the sweep, or it could not be stored.</exception>
    public static async Task<Run> RunAsync(CellRequest request,
        Func<SweepSettings, ISweepObserver, CancellationToken, Task<SweepResult>> sweep, CancellationToken cancellation)
    {
        var measured = await ShowAsync([""], request, async (settings, observe, stopped) =>
            [await sweep(settings, observe(""), stopped).ConfigureAwait(false)], cancellation).ConfigureAwait(false);
        return Read(measured[0], CreateStore(request)) ?? throw new SweepException(measured[0]);
    }

    /// <summary>Runs a plan, or takes its run of the last hours from disk and finishes it where it was interrupted.</summary>
    /// <exception cref="SweepException">Preflight rejected the sweep, or it could not be stored.</exception>
    public static async Task<Run> RunOrFindAsync(SweepPlan plan, CellRequest request, CancellationToken cancellation)
    {
        var store = CreateStore(request);
        var stored = Find(store, plan, request);
        if (stored is not null)
            Note(StoredSweepPhrases.Format(stored.Manifest, stored.IsFinished));
        return stored switch
        {
            { IsFinished: true } => Runs.ReadAndRegister(store, stored.Manifest.RunId),
            { } interrupted => await RunAsync(request, (settings, observer, stopped) =>
                Sweeper.ResumeAsync(interrupted.Manifest.RunId, Trusting(settings), observer, stopped), cancellation).ConfigureAwait(false),
            null => await RunAsync(request, (settings, observer, stopped) =>
                Sweeper.RunAsync(plan, settings, observer, stopped), cancellation).ConfigureAwait(false),
        };
    }

    /// <summary>The runs of a plan at any contexts that are on disk from the last hours and belong together.</summary>
    public static IReadOnlyList<Run> FindAtAnyContexts(SweepPlan plan, CellRequest request)
    {
        var store = CreateStore(request);
        var found = StoredSweep.FindAtAnyContexts(store, plan, TimeProvider.System.GetUtcNow());
        // The newest run decides: what differs from it cannot be combined with it.
        found = [.. found.Where(manifest => RunDifferences.Find(found[^1], manifest).Count == 0)];
        if (found.Count > 0)
            Note(StoredSweepPhrases.FormatFound(found));
        return [.. found.Select(manifest => Runs.ReadAndRegister(store, manifest.RunId))];
    }

    /// <summary>Runs systems in turn, one trial of each after the other, or takes their runs of the last hours from disk and finishes those
    /// that were interrupted. A system that cannot run is shown with the reason, and the others are measured.</summary>
    /// <exception cref="SweepException">No system could be run.</exception>
    public static async Task<Run[]> RunOrFindSystemsAsync(IReadOnlyList<(string Name, SweepPlan Plan)> systems, ComparisonPlan comparison,
        CellRequest request, CancellationToken cancellation)
    {
        var store = CreateStore(request);
        var found = systems.Select(system => Find(store, system.Plan, request)).ToList();
        // Trials of a comparison alternate, so a system that was never begun is not added to finished ones.
        if (found.Contains(null))
            found = [.. found.Select(_ => (StoredSweep?)null)];
        foreach (var stored in found.OfType<StoredSweep>())
            Note(StoredSweepPhrases.Format(stored.Manifest, stored.IsFinished));
        if (found.All(stored => stored is { IsFinished: true }))
            return [.. found.Select(stored => Runs.ReadAndRegister(store, stored!.Manifest.RunId))];
        var planned = systems.Zip(found, (system, stored) => new PlannedSystem(system.Name, system.Plan, stored?.Manifest.RunId)).ToList();
        var measured = await ShowAsync([.. planned.Select(system => system.Name)], request, (settings, observe, stopped) =>
            SystemsSweeper.RunAsync(planned, Trusting(settings) with { Comparison = comparison }, observe, stopped), cancellation)
            .ConfigureAwait(false);
        var failed = planned.Zip(measured).Where(pair => pair.Second.Ending == SweepEnding.PreflightFailed).ToList();
        Run[] read = [.. measured.Select(result => Read(result, store)).OfType<Run>()];
        if (read.Length == 0)
            throw new SweepException(measured.FirstOrDefault(result => result.Ending != SweepEnding.Cancelled) ?? measured[0]);
        foreach (var (system, result) in failed)
            Note(StoredSweepPhrases.FormatFailure(system.Name, new SweepException(result).Message));
        return read;
    }

    // A run is found by its plan, which is the one that the cell itself asks for.
    private static SweepSettings Trusting(SweepSettings settings) => settings with { TrustsStoredPlan = true };

    private static async Task<IReadOnlyList<SweepResult>> ShowAsync(IReadOnlyList<string> names, CellRequest request,
        Func<SweepSettings, Func<string, ISweepObserver>, CancellationToken, Task<IReadOnlyList<SweepResult>>> measure,
        CancellationToken cancellation)
    {
        // Stopping the cell ends the sweep like Ctrl-C: the running trial is stored as cancelled.
        var cell = InteractiveKernelBridge.CellCancellation;
        var interrupt = KernelInterrupt.Begin();
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(cancellation, cell, interrupt.Token);
        var settings = new SweepSettings
        {
            RunsDirectory = CreateStore(request).Root,
            Label = CellOption.Parse("Label", () => RunLabel.ParseLabel(request.Label)),
            Note = CellOption.Parse("Note", () => RunLabel.ParseNote(request.Note)),
        };
        IReadOnlyList<SweepResult> results;
        bool isInterrupted;
        try
        {
            results = await LiveDisplay.ShowAsync(names, observe => measure(settings, observe, stopped.Token), cell).ConfigureAwait(false);
            isInterrupted = interrupt.IsCancellationRequested;
        }
        finally
        {
            KernelInterrupt.End(interrupt);
        }
        // The editor runs the next cell as soon as it has stopped this one. A cell that ended later would take its variables away, so it
        // does not end.
        if (cell.IsCancellationRequested && InteractiveKernelBridge.HasEditor)
            await Task.Delay(Timeout.Infinite, CancellationToken.None).ConfigureAwait(false);
        // An interrupted cell fails, so that the cells after it do not run.
        return isInterrupted ? throw new SweepException(StoredSweepPhrases.FormatStopped(results.LastOrDefault()?.RunId)) : results;
    }

    private static StoredSweep? Find(RunStore store, SweepPlan plan, CellRequest request) =>
        request.MeasureAgain ? null : StoredSweep.Find(store, plan, request.Label, TimeProvider.System.GetUtcNow());

    private static RunStore CreateStore(CellRequest request) => new(request.RunsFolder ?? NotebookFolders.Runs);

    private static Run? Read(SweepResult result, RunStore store) =>
        result.RunId is { } id && result.Ending is not (SweepEnding.PreflightFailed or SweepEnding.StoreFailed)
            ? Runs.ReadAndRegister(store, id)
            : null;

    private static void Note(string text)
    {
        var view = new View().AddLine(text);
        if (InteractiveKernelBridge.Display(view, "text/html", "text/plain") is null)
            Console.Out.WriteLine(SafeText.RemoveUnsafe(text));
    }
}
