using System.Diagnostics;
using System.Globalization;
using MemoryWall.NotebookRunner.Documents;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Events;

namespace MemoryWall.NotebookRunner.Execution;

/// <summary>
/// Executes a notebook's code cells in order, in a kernel of their own, and stops at the first that does not end well.
/// </summary>
/// <param name="notebook">Gets the outputs; earlier ones are dropped from every code cell before the first runs.</param>
/// <param name="options">How.</param>
/// <param name="save">Called after each cell, with the notebook as it is then.</param>
/// <param name="progress">Gets a line for each cell.</param>
internal sealed class NotebookExecution(NotebookDocument notebook, ExecutionOptions options, Action<NotebookDocument> save,
    TextWriter progress)
{
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

    /// <summary>The process ends in the middle of a cell. Writes what there is, and says whether there was something in the
    /// middle.</summary>
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
        // Not disposed of: a cell that does not stop holds it, and the process ends with the notebook.
        var kernel = new NotebookKernel();
        using var events = kernel.Observe(OnKernelEvent);
        // The compiler's first use takes seconds on a busy machine; no cell's limit should pay for it.
        await kernel.WarmUpAsync(new CellLocation(options.Folder, 0), stop).ConfigureAwait(false);
        var count = 0;
        for (var i = 0; i < notebook.Cells.Count; i++)
        {
            var cell = notebook.Cells[i];
            if (!cell.IsCode || string.IsNullOrWhiteSpace(cell.Source))
                continue;
            var end = await RunCellAsync(kernel, cell, i + 1, ++count, stop).ConfigureAwait(false);
            Save();
            if (end.Outcome != ExecutionOutcome.Completed)
                return end;
        }
        Save();
        return ExecutionResult.Completed;
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
                    $"the cell asks for the kernel '{name}'; there are {string.Join(", ", kernel.KernelNames)}"));
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
                CellFailure.Create("OutputFlood",
                    string.Create(CultureInfo.InvariantCulture,
                        $"the cell wrote more than {options.Limits.MaxTotalCharacters:#,0} characters or {options.Limits.MaxEvents:#,0} outputs and was stopped")));
        if (limit.IsCancellationRequested)
            return new(ExecutionOutcome.TimedOut, number,
                CellFailure.Create("TimedOut",
                    string.Create(CultureInfo.InvariantCulture,
                        $"the cell ran past its limit of {options.CellTimeout!.Value.TotalSeconds:0.###} s and was stopped")));
        if (result is null)
            return Failed(number, CellFailure.Create("KernelFailed", "the kernel gave no result"));
        return FailureReader.Read(result, place) is { } failure ? Failed(number, failure) : ExecutionResult.Completed;
    }

    // The kernel answers a cancellation at once, while the cell's code still runs: nobody tells when that ends, so it gets a moment.
    private async Task<KernelCommandResult?> WaitWithGraceAsync(Task<KernelCommandResult> running, CancellationToken cancelled)
    {
        var told = new TaskCompletionSource();
        await using var registration = cancelled.Register(() => told.TrySetResult()).ConfigureAwait(false);
        await Task.WhenAny(running, told.Task).ConfigureAwait(false);
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
