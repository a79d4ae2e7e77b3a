using System.Diagnostics;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>A queue of asynchronous reads of a file, which are awaited in order. Reads submitted ahead keep the device busy. Not
/// thread-safe.</summary>
/// <param name="file">The file.</param>
/// <param name="maxInFlight">The most transfers that are given to the device at once.</param>
internal sealed class ReadAheadQueue(DirectFile file, int maxInFlight = ReadAheadQueue.DefaultInFlight) : IDisposable
{
    private const int DefaultInFlight = 64;

    private readonly LinuxAioReader? _aio = LinuxAioReader.TryOpen(maxInFlight);
    private readonly Queue<(LinuxAioReader.PendingRead? Stretch, long Asked, long Offset, nint Memory, long Bytes,
        long Needed)> _pending = [];

    /// <summary>Submits a read of whole pages, as in <see cref="DirectFile.Read"/>. Its memory must stay allocated until the read is
    /// awaited or the queue is disposed.</summary>
    public void Enqueue(long offset, nint memory, long bytes, long requiredBytes) =>
        _pending.Enqueue((file.SubmitRead(_aio, offset, memory, bytes), Stopwatch.GetTimestamp(), offset, memory, bytes, requiredBytes));

    /// <summary>Waits until only the last transfer of the oldest submitted reads is under way, or none where there is only
    /// one.</summary>
    /// <param name="count">Number of reads.</param>
    public void WaitForMost(int count)
    {
        var reads = _pending.Take(count).Select(read => read.Stretch).OfType<LinuxAioReader.PendingRead>().ToList();
        var left = reads.Sum(read => read.TransferCount) > 1 ? 1 : 0;
        for (var i = 0; i < reads.Count; i++)
            _aio!.WaitForMost(reads[i], i < reads.Count - 1 ? 0 : left);
    }

    /// <summary>Waits for the oldest submitted reads.</summary>
    /// <param name="count">Number of reads.</param>
    /// <exception cref="TierException">A read failed or the file is too short; all reads are awaited nevertheless.</exception>
    public void Wait(int count)
    {
        TierException? failure = null;
        for (; count > 0; count--)
        {
            var (stretch, asked, offset, memory, bytes, needed) = _pending.Dequeue();
            var done = stretch is null ? 0 : _aio!.Wait(stretch);
            try
            {
                file.CompleteRead(done, asked, offset, memory, bytes, needed);
            }
            catch (TierException error)
            {
                failure ??= error;
            }
        }
        if (failure is not null)
            throw failure;
    }

    /// <summary>Waits for all submitted reads.</summary>
    /// <exception cref="TierException">As in <see cref="Wait"/>.</exception>
    public void WaitAll() => Wait(_pending.Count);

    public void Dispose() => _aio?.Dispose();
}
