namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// The newest rows of streamed keys or values, which are not in the file yet. Written one by one each of them would cost a page, and a wait
/// for the device; here they wait for others. Used by the ring's thread, and by the worker's while that has nothing to carry back.
/// </summary>
internal sealed unsafe class KvWriteBuffer : IDisposable
{
    private const long CapacityBytes = 4 * PageBuffer.PageSize;
    private readonly PageBuffer _pages = PageBuffer.AllocateResident(CapacityBytes);
    private long _start;
    private long _end;

    /// <summary>Takes over what was computed of a slot.</summary>
    /// <param name="slot">Where the rows lie.</param>
    /// <param name="first">The first byte that was computed.</param>
    /// <param name="end">The end of those.</param>
    /// <returns>The pages that are to be written now, since they are more than wait here; an empty stretch where none are.</returns>
    public (long Begin, long End) Add(nint slot, long first, long end)
    {
        var begin = PageBuffer.RoundDown(first);
        if (_end > _start)
            begin = Math.Min(begin, _start);
        if (end - begin > CapacityBytes)
        {
            Clear();
            return (begin, PageBuffer.RoundUp(end));
        }
        Buffer.MemoryCopy((void*)(slot + (nint)begin), (void*)_pages.Address, CapacityBytes, end - begin);
        (_start, _end) = (begin, end);
        return (end, end);
    }

    /// <summary>Lays what waits here over what was read of the file.</summary>
    /// <param name="memory">Where the file's bytes lie.</param>
    /// <param name="offset">Where they begin in the file.</param>
    /// <param name="bytes">How many they are.</param>
    public void Overlay(nint memory, long offset, long bytes)
    {
        var (begin, end) = (Math.Max(_start, offset), Math.Min(_end, offset + bytes));
        if (end > begin)
            Buffer.MemoryCopy((void*)(_pages.Address + (nint)(begin - _start)), (void*)(memory + (nint)(begin - offset)), end - begin,
                end - begin);
    }

    /// <summary>Drops what waits: the file holds something newer, or will.</summary>
    public void Clear() => _start = _end = 0;

    public void Dispose() => _pages.Dispose();
}
