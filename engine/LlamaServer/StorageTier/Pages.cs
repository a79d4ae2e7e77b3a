using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Anonymous memory of our own, a multiple of a page. It takes room only where it is touched.</summary>
internal sealed class Pages : IDisposable
{
    public const int Size = 4096;

    private Pages(nint address, long bytes) => (Address, Bytes) = (address, bytes);

    public nint Address { get; private set; }

    public long Bytes { get; }

    /// <summary>Whether the system promised never to swap it.</summary>
    public bool IsLocked { get; private set; }

    public static long Down(long bytes) => bytes / Size * Size;

    public static long Up(long bytes) => (bytes + Size - 1) / Size * Size;

    /// <exception cref="RefusedException">There are no addresses left.</exception>
    public static Pages Reserve(long bytes)
    {
        var whole = Math.Max(Size, Up(bytes));
        var address = Posix.MapAnonymousMemory((nuint)whole);
        return address == -1
            ? throw new RefusedException(500, $"tier: {whole} bytes of memory could not be reserved: {Posix.LastError()}")
            : new Pages(address, whole);
    }

    /// <summary>As <see cref="Reserve"/>, for memory that is touched from end to end and must stay: in huge pages, locked where the system lets us.</summary>
    public static Pages Resident(long bytes)
    {
        var pages = Reserve(bytes);
        // Both are wishes: without huge pages it is slower by a little, without the lock it may be swapped where there is swap.
        _ = Posix.Advise(pages.Address, (nuint)pages.Bytes, Posix.AdviseHugePage);
        pages.Lock();
        return pages;
    }

    /// <summary>Locks what is touched from now on.</summary>
    public void Lock() => IsLocked = Posix.Lock(Address, (nuint)Bytes, Posix.LockOnFault) == 0;

    public void Dispose()
    {
        if (Address != 0)
            _ = Posix.Unmap(Address, (nuint)Bytes);
        Address = 0;
    }
}
