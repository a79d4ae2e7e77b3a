
namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Anonymous memory of our own, a multiple of a page. It takes room only where it is touched.</summary>
internal sealed class PageBuffer : IDisposable
{
    public const int PageSize = 4096;

    private const long Huge = 2 << 20;
    private readonly nint _mapped;

    private PageBuffer(nint mapped, nint address, long bytes) => (_mapped, Address, Bytes) = (mapped, address, bytes);

    public nint Address { get; private set; }

    public long Bytes { get; }

    /// <summary>Whether the system promised never to swap it.</summary>
    public bool IsLocked { get; private set; }

    public static long RoundDown(long bytes) => bytes / PageSize * PageSize;

    public static long RoundUp(long bytes) => (bytes + PageSize - 1) / PageSize * PageSize;

    /// <exception cref="TierException">There are no addresses left.</exception>
    public static PageBuffer Reserve(long bytes) => Map(Math.Max(PageSize, RoundUp(bytes)), PageSize);

    /// <summary>
    /// As <see cref="Reserve"/>, for memory that is touched from end to end and must stay: there at once, in huge pages, locked where the
    /// system lets us. A device is handed each run of neighbouring pages by itself: into huge ones it was seen to read three times as fast
    /// as into small ones.
    /// </summary>
    public static PageBuffer AllocateResident(long bytes)
    {
        var whole = Math.Max(PageSize, RoundUp(bytes));
        var pages = Map(whole, whole >= Huge ? Huge : PageSize);
        // All are wishes: without huge pages it is slower, without the lock it may be swapped where there is swap. Where memory is short
        // the system fills in small pages first, and makes huge ones of them when it is asked.
        _ = Posix.Advise(pages.Address, (nuint)pages.Bytes, Posix.AdviseHugePage);
        pages.Lock();
        _ = Posix.Advise(pages.Address, (nuint)pages.Bytes, Posix.AdvisePopulate);
        if (whole >= Huge)
            _ = Posix.Advise(pages.Address, (nuint)(pages.Bytes / Huge * Huge), Posix.AdviseCollapse);
        return pages;
    }

    /// <summary>Locks what is touched from now on.</summary>
    public void Lock() => IsLocked = Posix.Lock(Address, (nuint)Bytes, Posix.LockOnFault) == 0;

    public void Dispose()
    {
        if (Address != 0)
            _ = Posix.Unmap(_mapped, (nuint)(Address - _mapped + Bytes));
        Address = 0;
    }

    private static PageBuffer Map(long bytes, long alignment)
    {
        var mapped = Posix.MapAnonymousMemory((nuint)(bytes + alignment - PageSize));
        if (mapped == -1)
            throw new TierException(TierProblem.StorageError, $"{bytes} bytes of memory could not be reserved: {Posix.LastError()}");
        var address = (nint)((mapped + alignment - 1) / alignment * alignment);
        // What lies behind is given back; what lies before goes with the rest.
        if (mapped + alignment - PageSize > address)
            _ = Posix.Unmap(address + (nint)bytes, (nuint)(mapped + alignment - PageSize - address));
        return new PageBuffer(mapped, address, bytes);
    }
}
