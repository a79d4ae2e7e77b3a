using System.Runtime.InteropServices;

namespace MemoryWall.Cli;

/// <summary>
/// Ctrl-C or a polite kill asks the command to finish writing and end. A second one ends the process at once, as the system does it.
/// </summary>
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
        Console.Error.WriteLine("\nstopping; what was measured is kept (once more to end at once)");
        _source.Cancel();
    }
}
