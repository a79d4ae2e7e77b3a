using System.Runtime.InteropServices;

namespace MemoryWall.Cli.Host;

/// <summary>The first Ctrl-C or SIGTERM cancels the command, which stores what it has and ends. The second one ends the process at
/// once.</summary>
internal sealed class ShutdownSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;

    public ShutdownSignals() =>
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
            return;
        context.Cancel = true;
        Console.Error.WriteLine("\nStopping. What was measured is stored. Press Ctrl-C again to end at once.");
        _source.Cancel();
    }
}
