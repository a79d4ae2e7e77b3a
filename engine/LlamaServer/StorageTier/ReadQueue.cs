using System.Diagnostics;
using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Reads of a file that are asked for ahead, so that the device never rests between them, and awaited in their order. Used by one thread at a time.</summary>
internal sealed class ReadQueue(DirectFile file) : IDisposable
{
    private readonly KernelReads? _kernel = KernelReads.Open();
    private readonly Queue<(KernelReads.Stretch? Stretch, long Asked, long Offset, nint Memory, long Bytes, long Needed)> _asked = [];

    /// <summary>Asks for whole pages, as <see cref="DirectFile.Read"/> does. Their memory must stay until they were awaited, or the queue is gone.</summary>
    public void Ask(long offset, nint memory, long bytes, long needed) =>
        _asked.Enqueue((file.Ask(_kernel, offset, memory, bytes), Stopwatch.GetTimestamp(), offset, memory, bytes, needed));

    /// <summary>Waits for those that were asked for first of all that were not awaited.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="RefusedException">One cannot be read, or is not there; the others are awaited all the same.</exception>
    public void Await(int count)
    {
        RefusedException? failure = null;
        for (; count > 0; count--)
        {
            var (stretch, asked, offset, memory, bytes, needed) = _asked.Dequeue();
            var done = stretch is null ? 0 : _kernel!.Await(stretch);
            try
            {
                file.Finish(done, asked, offset, memory, bytes, needed);
            }
            catch (RefusedException error)
            {
                failure ??= error;
            }
        }
        if (failure is not null)
            throw failure;
    }

    public void Dispose() => _kernel?.Dispose();
}
