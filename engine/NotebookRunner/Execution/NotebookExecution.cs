using System.Diagnostics;
using System.Globalization;
using MemoryWall.NotebookRunner.Documents;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Events;

namespace MemoryWall.NotebookRunner.Execution;

/// <summary>
/// Executes the code cells of a notebook in order, in a new kernel, and stops at the first cell that fails.
/// </summary>
/// <param name="notebook">The notebook. Old outputs are removed from all code cells before the first cell runs.</param>
/// <param name="options">The options.</param>
/// <param name="save">Saves the notebook; it is called after each cell.</param>
/// <param name="progress">Receives one line per cell.</param>
internal sealed class NotebookExecution(NotebookDocument notebook, ExecutionOptions options, Action<NotebookDocument> save,
    TextWriter progress)
{
    // After these failures the kernel may still be busy with the cell.
    private const string Flood = "OutputFlood";
    private const string NoResult = "KernelFailed";

    private readonly Lock _gate = new();
    private readonly DisplayRegistry _displays = new();
    private readonly List<CellOutputs> _cellOutputs = [];
    private readonly Stopwatch _clock = new();
    private CellOutputs? _current;
    private int _currentNumber;
    private CancellationTokenSource? _floodCancellation;
    private bool _hasEnded;

    /// <exception cref="NotebookException">The notebook could not be written.</exception>
    public async Task<ExecutionResult> RunAsync(CancellationToken stop)
    {
        try
        {
            return await RunCellsAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
                _hasEnded = true;
        }
    }

    /// <summary>Saves the notebook when the process ends. Returns whether a cell was still running.</summary>
    public bool Abandon(string reason)
    {
        lock (_gate)
        {
            if (_hasEnded)
                return false;
            _hasEnded = true;
            _current?.Fail(CellFailure.Create("ProcessEnded", reason));
        }
        progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cell {_currentNumber} failed: {reason}"));
        Save();
        return true;
    }

    private async Task<ExecutionResult> RunCellsAsync(CancellationToken stop)
    {
        foreach (var cell in notebook.Cells.Where(cell => cell.IsCode))
        {
            cell.Outputs.Clear();
            cell.ExecutionCount = null;
        }
        Directory.SetCurrentDirectory(options.Folder);
        // The kernel is not disposed, because a cell that does not stop would block this. The process ends after the notebook.
        var kernel = new NotebookKernel();
        using var events = kernel.Observe(OnKernelEvent);
        // The first compilation takes seconds on a busy machine and should not count against the time limit of a cell.
        await kernel.WarmUpAsync(new CellLocation(options.Folder, 0), stop).ConfigureAwait(false);
        var count = 0;
        ExecutionResult? failed = null;
        for (var i = 0; i < notebook.Cells.Count; i++)
        {
            var cell = notebook.Cells[i];
            if (!cell.IsCode || string.IsNullOrWhiteSpace(cell.Source) || options.LiveCells?.Uses(cell) == true)
                continue;
            var end = await RunCellAsync(kernel, cell, i + 1, ++count, stop).ConfigureAwait(false);
            if (end is { Outcome: ExecutionOutcome.Failed, Failure: { } failure } && options.LiveCells?.Contains(cell, failure) == true)
            {
                Skip(cell);
                count--;
                continue;
            }
            Save();
            if (options.KeepGoing && end is { Outcome: ExecutionOutcome.Failed, Failure.Name: not (Flood or NoResult) })
                failed ??= end;
            else if (end.Outcome != ExecutionOutcome.Completed)
                return end;
        }
        Save();
        return failed ?? ExecutionResult.Completed;
    }

    private void Skip(NotebookCell cell)
    {
        lock (_gate)
            _cellOutputs.RemoveAt(_cellOutputs.Count - 1);
        cell.Outputs.Clear();
        cell.ExecutionCount = null;
    }

    private async Task<ExecutionResult> RunCellAsync(NotebookKernel kernel, NotebookCell cell, int number, int count,
        CancellationToken stop)
    {
        cell.ExecutionCount = count;
        var outputs = new CellOutputs(cell, options.Limits, _displays);
        using var flood = new CancellationTokenSource();
        lock (_gate)
        {
            _cellOutputs.Add(outputs);
            (_current, _currentNumber, _floodCancellation) = (outputs, number, flood);
        }
        _clock.Restart();
        var end = await ExecuteCellAsync(kernel, cell, number, flood.Token, stop).ConfigureAwait(false);
        lock (_gate)
        {
            _floodCancellation = null;
            if (end.Failure is { } failure)
                outputs.Fail(failure);
        }
        var word = end.Outcome switch
        {
            ExecutionOutcome.Completed => "ok",
            ExecutionOutcome.TimedOut => "timed out",
            ExecutionOutcome.Interrupted => "interrupted",
            _ => "failed",
        };
        progress.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
                $"cell {number} of {notebook.Cells.Count}: {word}, {_clock.Elapsed.TotalSeconds:0.0} s"));
        return end;
    }

    private async Task<ExecutionResult> ExecuteCellAsync(NotebookKernel kernel, NotebookCell cell, int number, CancellationToken flood,
        CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
            return Interrupted(number);
        if (cell.KernelName is { } name && !kernel.HasKernel(name))
            return Failed(number,
                CellFailure.Create("NoSuchKernel",
                    $"the cell needs the kernel '{name}'; available kernels: {string.Join(", ", kernel.KernelNames)}"));
        using var limit = new CancellationTokenSource();
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, flood, limit.Token);
        if (options.CellTimeout is { } time)
            limit.CancelAfter(time);
        var place = new CellLocation(options.Folder, number);
        var running = kernel.RunAsync(cell.Source, cell.KernelName, place, any.Token);
        var result = await WaitWithGraceAsync(running, any.Token).ConfigureAwait(false);
        if (stop.IsCancellationRequested)
            return Interrupted(number);
        if (flood.IsCancellationRequested)
            return Failed(number,
                CellFailure.Create(Flood,
                    string.Create(CultureInfo.InvariantCulture,
                        $"the cell was stopped; it wrote more than {options.Limits.MaxTotalCharacters:#,0} characters ")
                    + string.Create(CultureInfo.InvariantCulture, $"or {options.Limits.MaxEvents:#,0} outputs")));
        if (limit.IsCancellationRequested)
            return new(ExecutionOutcome.TimedOut, number,
                CellFailure.Create("TimedOut",
                    string.Create(CultureInfo.InvariantCulture,
                        $"the cell exceeded its time limit of {options.CellTimeout!.Value.TotalSeconds:0.###} s and was stopped")));
        if (result is null)
            return Failed(number, CellFailure.Create(NoResult, "the kernel gave no result"));
        return FailureReader.Read(result, place) is { } failure ? Failed(number, failure) : ExecutionResult.Completed;
    }

    // After a cancellation the kernel returns at once while the cell's code still runs. Its end is not reported, so it gets a grace period.
    private async Task<KernelCommandResult?> WaitWithGraceAsync(Task<KernelCommandResult> running, CancellationToken cancelled)
    {
        var cancelSignal = new TaskCompletionSource();
        await using var registration = cancelled.Register(() => cancelSignal.TrySetResult()).ConfigureAwait(false);
        await Task.WhenAny(running, cancelSignal.Task).ConfigureAwait(false);
        if (cancelled.IsCancellationRequested)
            await Task.Delay(options.StopGracePeriod, CancellationToken.None).ConfigureAwait(false);
        try
        {
            return running.IsCompleted ? await running.ConfigureAwait(false) : null;
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            return null;
        }
    }

    private void OnKernelEvent(KernelEvent @event)
    {
        lock (_gate)
        {
            _current?.Add(@event);
            if (_current is { IsFlooded: true } && _floodCancellation is { IsCancellationRequested: false } flood)
                _ = flood.CancelAsync();
        }
    }

    private void Save()
    {
        lock (_gate)
        {
            foreach (var outputs in _cellOutputs)
                outputs.WriteToCell();
            save(notebook);
        }
    }

    private static ExecutionResult Failed(int number, CellFailure failure) => new(ExecutionOutcome.Failed, number, failure);

    private static ExecutionResult Interrupted(int number) =>
        new(ExecutionOutcome.Interrupted, number,
            CellFailure.Create("Interrupted", "the run was stopped while this cell ran; the cells after it did not run"));
}
