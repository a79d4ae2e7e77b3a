using System.Diagnostics;

namespace MemoryWall.Dashboard.Launching;

/// <summary>A command that the dashboard has started.</summary>
internal sealed class StartedRun : IDisposable
{
    // The last lines say why a command ended; the whole log is with the run.
    private const int MaxLines = 40;

    private readonly Process _process;
    private readonly IRunStopper _stopper;
    private readonly Queue<string> _lines = new();
    private readonly Lock _gate = new();
    private bool _isStopping;

    /// <param name="id">Its number in this dashboard.</param>
    /// <param name="commandLine">The command line as a user would write it.</param>
    /// <param name="process">The process; its standard input, output and error are redirected.</param>
    /// <param name="stopper">Asks it to stop.</param>
    public StartedRun(int id, string commandLine, Process process, IRunStopper stopper)
    {
        (Id, CommandLine, _process, _stopper) = (id, commandLine, process, stopper);
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Its number in this dashboard.</summary>
    public int Id { get; }

    /// <summary>The command line as a user would write it.</summary>
    public string CommandLine { get; }

    /// <summary>Its exit code; null while it runs.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>The last lines of its output.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
                return [.. _lines];
        }
    }

    /// <summary>Stops it as Ctrl-C does: the trial in flight is stored as cancelled, and the run stays readable. Only the first call does
    /// that: a second signal would end the process at once.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            if (_isStopping || _process.HasExited)
                return;
            _isStopping = true;
        }
        try
        {
            _stopper.Stop(_process);
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            // It has ended, or ends at this moment.
        }
    }

    /// <summary>Ends what does not stop. The run is readable up to its last trial.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
    }

    /// <summary>Waits until it has ended.</summary>
    public Task WaitAsync(CancellationToken cancellation) => _process.WaitForExitAsync(cancellation);

    public void Dispose() => _process.Dispose();

    private void Add(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        lock (_gate)
        {
            if (_lines.Count == MaxLines)
                _lines.Dequeue();
            _lines.Enqueue(line);
        }
    }
}
