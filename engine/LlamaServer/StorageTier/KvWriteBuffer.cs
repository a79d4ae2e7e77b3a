namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// Collects the newest rows of streamed keys or values before they are written to the file. Written singly, each row would cost a whole
/// page and a wait for the device. Used by the ring's thread, and by the worker's thread while the ring has nothing to write back.
/// </summary>
internal sealed unsafe class KvWriteBuffer : IDisposable
{
    private const long CapacityBytes = 4 * PageBuffer.PageSize;
    private readonly PageBuffer _pages = PageBuffer.AllocateResident(CapacityBytes);
    private long _start;
    private long _end;

    /// <summary>Adds the computed rows of a slot.</summary>
    /// <param name="slot">The address of the slot.</param>
    /// <param name="first">Offset of the first computed byte.</param>
    /// <param name="end">End of the computed bytes.</param>
    /// <returns>The range of pages to write to the file now, because they exceed the buffer; an empty range for none.</returns>
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

    /// <summary>Copies the buffered rows over data that was read from the file.</summary>
    /// <param name="memory">The data that was read.</param>
    /// <param name="offset">Its offset in the file.</param>
    /// <param name="bytes">Its length.</param>
    public void Overlay(nint memory, long offset, long bytes)
    {
        var (begin, end) = (Math.Max(_start, offset), Math.Min(_end, offset + bytes));
        if (end > begin)
            Buffer.MemoryCopy((void*)(_pages.Address + (nint)(begin - _start)), (void*)(memory + (nint)(begin - offset)), end - begin,
                end - begin);
    }

    /// <summary>Discards the buffered rows, because the file has newer contents or will get them.</summary>
    public void Clear() => _start = _end = 0;

    public void Dispose() => _pages.Dispose();
}
