using System.Runtime.InteropServices;

namespace MemoryWall.NotebookRunner;

/// <summary>Ctrl-C, a polite kill, or the end of the program that started this one asks the run to write what it has and end.</summary>
internal sealed class RunnerShutdownSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;

    /// <param name="parentStandardInput">Whether the end of the standard input means that the parent is gone.</param>
    public RunnerShutdownSignals(bool parentStandardInput)
    {
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];
        if (parentStandardInput)
            _ = WatchParentAsync(Console.OpenStandardInput(), _source);
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        // A second request ends the process at once, as the system does it.
        if (_source.IsCancellationRequested)
            return;
        context.Cancel = true;
        _source.Cancel();
    }

    private static async Task WatchParentAsync(Stream input, CancellationTokenSource source)
    {
        await Task.Yield();
        var buffer = new byte[256];
        try
        {
            while (await input.ReadAsync(buffer).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A broken pipe says the same as its end.
        }
        await source.CancelAsync().ConfigureAwait(false);
    }
}
