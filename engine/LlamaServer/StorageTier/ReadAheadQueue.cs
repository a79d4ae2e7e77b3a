using System.Diagnostics;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Reads of a file that are asked for ahead, so that the device never rests between them, and awaited in their order. Used by one
/// thread at a time.</summary>
internal sealed class ReadAheadQueue(DirectFile file) : IDisposable
{
    private readonly LinuxAioReader? _aio = LinuxAioReader.TryOpen();
    private readonly Queue<(LinuxAioReader.PendingRead? Stretch, long Asked, long Offset, nint Memory, long Bytes,
        long Needed)> _pending = [];

    /// <summary>Asks for whole pages, as <see cref="DirectFile.Read"/> does. Their memory must stay until they were awaited, or the queue
    /// is gone.</summary>
    public void Enqueue(long offset, nint memory, long bytes, long requiredBytes) =>
        _pending.Enqueue((file.SubmitRead(_aio, offset, memory, bytes), Stopwatch.GetTimestamp(), offset, memory, bytes, requiredBytes));

    /// <summary>Waits for those that were asked for first of all that were not awaited.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="TierException">One cannot be read, or is not there; the others are awaited all the same.</exception>
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

    public void Dispose() => _aio?.Dispose();
}
