using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Reads from a device while a server in RAM generates: for each token as many bytes as the tier streams. The rate of that server is the
/// limit of a tier that hides all its reads behind the computation, because its reads take memory bandwidth and processor time too.
/// </summary>
internal sealed class ReadsBeside : IAsyncDisposable
{
    private readonly SemaphoreSlim _tokens = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reads;

    /// <summary>Starts to wait for tokens.</summary>
    /// <param name="path">The file to read, again and again.</param>
    /// <param name="bytesPerToken">What a token reads.</param>
    public ReadsBeside(string path, double bytesPerToken) =>
        _reads = Task.Factory.StartNew(() => Read(path, bytesPerToken, _stop.Token), TaskCreationOptions.LongRunning);

    /// <summary>Permits the reads of one token.</summary>
    public void Permit() => _tokens.Release();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reads;
        _stop.Dispose();
        _tokens.Dispose();
    }

    private void Read(string path, double bytesPerToken, CancellationToken stop)
    {
        using var file = DirectFile.OpenRead(path, new StorageMeter(), new StorageThrottle(null, null));
        using var memory = PageBuffer.AllocateResident(DeviceReads.ReadBytes);
        var end = new FileInfo(path).Length / DeviceReads.ReadBytes * DeviceReads.ReadBytes;
        var (at, owed) = (0L, 0.0);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _tokens.Wait(stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            owed += bytesPerToken;
            for (; owed >= DeviceReads.ReadBytes && !stop.IsCancellationRequested; owed -= DeviceReads.ReadBytes)
            {
                file.Read(at, memory.Address, DeviceReads.ReadBytes, DeviceReads.ReadBytes);
                at = (at + DeviceReads.ReadBytes) % end;
            }
        }
    }
}
