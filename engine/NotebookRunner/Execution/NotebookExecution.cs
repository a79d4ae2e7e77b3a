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
internal sealed class NotebookExecution(NotebookDocument notebook, ExecutionOptions options, Action<NotebookDocument> save, TextWriter progress)
{
    private readonly Lock _gate = new();
    private readonly Displays _displays = new();
    private readonly List<CellOutputs> _all = [];
    private readonly Stopwatch _clock = new();
    private CellOutputs? _current;
    private int _currentNumber;
    private CancellationTokenSource? _flood;
    private bool _hasEnded;

    /// <exception cref="NotebookException">The notebook could not be written.</exception>
    public async Task<ExecutionEnd> RunAsync(CancellationToken stop)
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

    /// <summary>The process ends in the middle of a cell. Writes what there is, and says whether there was something in the middle.</summary>
    public bool Abandon(string reason)
    {
        lock (_gate)
        {
            if (_hasEnded)
                return false;
            _hasEnded = true;
            _current?.Fail(CellFailure.Of("ProcessEnded", reason));
        }
        progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cell {_currentNumber} failed: {reason}"));
        Save();
        return true;
    }

    private async Task<ExecutionEnd> RunCellsAsync(CancellationToken stop)
    {
        foreach (var cell in notebook.Cells.Where(cell => cell.IsCode))
        {
            cell.Outputs.Clear();
            cell.ExecutionCount = null;
        }
        Directory.SetCurrentDirectory(options.Folder);
        // Not disposed of: a cell that does not stop holds it, and the process ends with the notebook.
        var kernel = new NotebookKernel();
        using var events = kernel.Observe(Take);
        // The compiler's first use takes seconds on a busy machine; no cell's limit should pay for it.
        await kernel.WarmUpAsync(new CellPlace(options.Folder, 0), stop).ConfigureAwait(false);
        var count = 0;
        for (var i = 0; i < notebook.Cells.Count; i++)
        {
            var cell = notebook.Cells[i];
            if (!cell.IsCode || string.IsNullOrWhiteSpace(cell.Source))
                continue;
            var end = await RunCellAsync(kernel, cell, i + 1, ++count, stop).ConfigureAwait(false);
            Save();
            if (end.Kind != ExecutionEndKind.Completed)
                return end;
        }
        Save();
        return ExecutionEnd.Completed;
    }

    private async Task<ExecutionEnd> RunCellAsync(NotebookKernel kernel, Cell cell, int number, int count, CancellationToken stop)
    {
        cell.ExecutionCount = count;
        var outputs = new CellOutputs(cell, options.Limits, _displays);
        using var flood = new CancellationTokenSource();
        lock (_gate)
        {
            _all.Add(outputs);
            (_current, _currentNumber, _flood) = (outputs, number, flood);
        }
        _clock.Restart();
        var end = await EndOfCellAsync(kernel, cell, number, flood.Token, stop).ConfigureAwait(false);
        lock (_gate)
        {
            _flood = null;
            if (end.Failure is { } failure)
                outputs.Fail(failure);
        }
        var word = end.Kind switch
        {
            ExecutionEndKind.Completed => "ok",
            ExecutionEndKind.TimedOut => "timed out",
            ExecutionEndKind.Interrupted => "interrupted",
            _ => "failed",
        };
        progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cell {number} of {notebook.Cells.Count}: {word}, {_clock.Elapsed.TotalSeconds:0.0} s"));
        return end;
    }

    private async Task<ExecutionEnd> EndOfCellAsync(NotebookKernel kernel, Cell cell, int number, CancellationToken flood, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
            return Interrupted(number);
        if (cell.KernelName is { } name && !kernel.Knows(name))
            return Failed(number, CellFailure.Of("NoSuchKernel", $"the cell asks for the kernel '{name}'; there are {string.Join(", ", kernel.Names)}"));
        using var limit = new CancellationTokenSource();
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, flood, limit.Token);
        if (options.CellLimit is { } time)
            limit.CancelAfter(time);
        var place = new CellPlace(options.Folder, number);
        var running = kernel.RunAsync(cell.Source, cell.KernelName, place, any.Token);
        var result = await PatientlyAsync(running, any.Token).ConfigureAwait(false);
        if (stop.IsCancellationRequested)
            return Interrupted(number);
        if (flood.IsCancellationRequested)
            return Failed(number, CellFailure.Of("OutputFlood", string.Create(CultureInfo.InvariantCulture, $"the cell wrote more than {options.Limits.FloodCharacters:#,0} characters or {options.Limits.FloodEvents:#,0} outputs and was stopped")));
        if (limit.IsCancellationRequested)
            return new(ExecutionEndKind.TimedOut, number, CellFailure.Of("TimedOut", string.Create(CultureInfo.InvariantCulture, $"the cell ran past its limit of {options.CellLimit!.Value.TotalSeconds:0.###} s and was stopped")));
        if (result is null)
            return Failed(number, CellFailure.Of("KernelFailed", "the kernel gave no result"));
        return FailureReader.Read(result, place) is { } failure ? Failed(number, failure) : ExecutionEnd.Completed;
    }

    // The kernel answers a cancellation at once, while the cell's code still runs: nobody tells when that ends, so it gets a moment.
    private async Task<KernelCommandResult?> PatientlyAsync(Task<KernelCommandResult> running, CancellationToken cancelled)
    {
        var told = new TaskCompletionSource();
        await using var registration = cancelled.Register(() => told.TrySetResult()).ConfigureAwait(false);
        await Task.WhenAny(running, told.Task).ConfigureAwait(false);
        if (cancelled.IsCancellationRequested)
            await Task.Delay(options.Grace, CancellationToken.None).ConfigureAwait(false);
        try
        {
            return running.IsCompleted ? await running.ConfigureAwait(false) : null;
        }
        catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
        {
            return null;
        }
    }

    private void Take(KernelEvent @event)
    {
        lock (_gate)
        {
            _current?.Add(@event);
            if (_current is { IsFlooded: true } && _flood is { IsCancellationRequested: false } flood)
                _ = flood.CancelAsync();
        }
    }

    private void Save()
    {
        lock (_gate)
        {
            foreach (var outputs in _all)
                outputs.Seal();
            save(notebook);
        }
    }

    private static ExecutionEnd Failed(int number, CellFailure failure) => new(ExecutionEndKind.Failed, number, failure);

    private static ExecutionEnd Interrupted(int number) =>
        new(ExecutionEndKind.Interrupted, number, CellFailure.Of("Interrupted", "the run was stopped while this cell ran; the cells after it did not run"));
}
