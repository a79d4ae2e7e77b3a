using System.Diagnostics;
using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Reads from a device while a server in RAM generates: for each token as many bytes as the tier streams. The rate of that server is what
/// a tier reaches that hides all its reads behind the computation, because reads take memory bandwidth and processor time, and the
/// bandwidth is what the device gives beside a computation.
/// </summary>
internal sealed class ReadsBeside : IAsyncDisposable
{
    private readonly SemaphoreSlim _tokens = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reads;
    private (long At, long Bytes)? _first;
    private (long At, long Bytes) _last;
    private long _bytes;

    /// <summary>Starts to wait for tokens.</summary>
    /// <param name="path">The file to read, again and again.</param>
    /// <param name="bytesPerToken">What a token reads.</param>
    public ReadsBeside(string path, double bytesPerToken) =>
        _reads = Task.Factory.StartNew(() => Read(path, bytesPerToken, _stop.Token), TaskCreationOptions.LongRunning);

    /// <summary>Bytes a second from the first token to the last; null before there are two.</summary>
    public double? BytesPerSecond => _first is { } first && _last.At > first.At
        ? (_last.Bytes - first.Bytes) / Stopwatch.GetElapsedTime(first.At, _last.At).TotalSeconds
        : null;

    /// <summary>Permits the reads of one token.</summary>
    public void Permit()
    {
        _last = (Stopwatch.GetTimestamp(), Interlocked.Read(ref _bytes));
        _first ??= _last;
        _tokens.Release();
    }

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
        using var memory = PageBuffer.AllocateResident(DeviceReads.Slots * DeviceReads.ReadBytes);
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
                file.Read(at, DeviceReads.PlaceOf(memory, at), DeviceReads.ReadBytes, DeviceReads.ReadBytes);
                at = (at + DeviceReads.ReadBytes) % end;
                Interlocked.Add(ref _bytes, DeviceReads.ReadBytes);
            }
        }
    }
}
