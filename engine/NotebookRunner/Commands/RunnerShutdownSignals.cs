using System.Runtime.InteropServices;

namespace MemoryWall.NotebookRunner.Commands;

/// <summary>Requests the end of the run on Ctrl-C, on SIGTERM, or when the parent process ends. The run then saves its outputs.</summary>
internal sealed class RunnerShutdownSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _signals;

    /// <param name="parentStandardInput">Whether the end of the standard input means that the parent process has ended.</param>
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
        // A second signal ends the process at once.
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
            // A broken pipe also means that the parent process has ended.
        }
        await source.CancelAsync().ConfigureAwait(false);
    }
}
