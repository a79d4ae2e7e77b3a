using System.Runtime.InteropServices;

namespace MemoryWall.Cli.Host;

/// <summary>The first Ctrl-C or SIGTERM cancels the command, which stores what it has and ends. The second one ends the process at
/// once.</summary>
internal sealed class ShutdownSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;

    // Set by the dashboard where the system has no signals: the command then reads its standard input.
    private const string InputVariable = "MEMWALL_STOP_BY_INPUT";
    private const string StopWord = "stop";

    public ShutdownSignals()
    {
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];
        if (Environment.GetEnvironmentVariable(InputVariable) is { Length: > 0 })
            _ = Task.Run(() => StopByInputAsync(Console.In));
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _source.Dispose();
    }

    private async Task StopByInputAsync(TextReader input)
    {
        // The end of the input is no request: a dashboard that crashed must not stop a measurement.
        while (await input.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (line.Trim() == StopWord && !_source.IsCancellationRequested)
                Cancel();
        }
    }

    private void Stop(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
            return;
        context.Cancel = true;
        Cancel();
    }

    private void Cancel()
    {
        Console.Error.WriteLine("\nStopping. What was measured is stored. Press Ctrl-C again to end at once.");
        _source.Cancel();
    }
}
