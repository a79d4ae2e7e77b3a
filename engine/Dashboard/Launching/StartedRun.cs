using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MemoryWall.Dashboard.Launching;

/// <summary>A command that the dashboard has started.</summary>
internal sealed partial class StartedRun : IDisposable
{
    private const int Interrupt = 2;

    // The last lines say why a command ended; the whole log is with the run.
    private const int MaxLines = 40;

    private readonly Process _process;
    private readonly Queue<string> _lines = new();
    private readonly Lock _gate = new();
    private bool _isStopping;

    /// <param name="id">Its number in this dashboard.</param>
    /// <param name="commandLine">The command line as a user would write it.</param>
    /// <param name="process">The process; its standard output and error are redirected.</param>
    public StartedRun(int id, string commandLine, Process process)
    {
        (Id, CommandLine, _process) = (id, commandLine, process);
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

    /// <summary>Stops it as Ctrl-C does: the trial in flight is stored as cancelled, and the run stays readable. Where the system has no
    /// such signal the process is ended, and the run is readable up to its last trial. Only the first call does that: a second signal
    /// would end the process at once.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            if (_isStopping || _process.HasExited)
                return;
            _isStopping = true;
        }
        if (OperatingSystem.IsWindows())
            _process.Kill(entireProcessTree: true);
        else
            _ = SendSignal(_process.Id, Interrupt);
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

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
