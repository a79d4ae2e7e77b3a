
namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Anonymous memory, a multiple of a page. Only touched pages take memory.</summary>
internal sealed class PageBuffer : IDisposable
{
    public const int PageSize = 4096;

    private const long Huge = 2 << 20;
    private readonly nint _mapped;

    private PageBuffer(nint mapped, nint address, long bytes) => (_mapped, Address, Bytes) = (mapped, address, bytes);

    public nint Address { get; private set; }

    public long Bytes { get; }

    /// <summary>Whether the memory is locked against swapping.</summary>
    public bool IsLocked { get; private set; }

    public static long RoundDown(long bytes) => bytes / PageSize * PageSize;

    public static long RoundUp(long bytes) => (bytes + PageSize - 1) / PageSize * PageSize;

    /// <summary>Rounds up to huge pages, where it is one or more: the device transfers an end in small pages page by page, and a ring
    /// whose slots ended so was measured to read 15% slower.</summary>
    public static long RoundUpToHugePages(long bytes) => bytes < Huge ? bytes : (bytes + Huge - 1) / Huge * Huge;

    /// <exception cref="TierException">The address space is exhausted.</exception>
    public static PageBuffer Reserve(long bytes)
    {
        var whole = Math.Max(PageSize, RoundUp(bytes));
        return Map(whole, whole >= Huge ? Huge : PageSize);
    }

    /// <summary>
    /// Allocates memory that is used completely: populated at once, in huge pages, and locked where the system allows it. The device
    /// transfers each run of contiguous pages separately: reading into huge pages was measured to be three times as fast.
    /// </summary>
    public static PageBuffer AllocateResident(long bytes)
    {
        var whole = Math.Max(PageSize, RoundUp(bytes));
        var pages = Map(whole, whole >= Huge ? Huge : PageSize);
        // Failures are ignored: without huge pages it is slower, and without the lock it may be swapped. Where memory is short the system
        // populates small pages first, and AdviseCollapse merges them into huge ones.
        pages.UseHugePages();
        pages.Lock();
        _ = Posix.Advise(pages.Address, (nuint)pages.Bytes, Posix.AdvisePopulate);
        pages.Collapse(pages.Bytes);
        return pages;
    }

    /// <summary>Locks pages as they are touched.</summary>
    public void Lock() => Lock(Bytes);

    /// <summary>Locks pages as they are touched.</summary>
    /// <param name="bytes">Bytes from the start.</param>
    public void Lock(long bytes) => IsLocked = Posix.Lock(Address, (nuint)RoundUp(bytes), Posix.LockOnFault) == 0;

    /// <summary>Takes huge pages for memory that is touched from now on. A single touched byte then takes 2 MiB.</summary>
    public void UseHugePages() => _ = Posix.Advise(Address, (nuint)Bytes, Posix.AdviseHugePage);

    /// <summary>Takes small pages even where the system prefers huge ones.</summary>
    public void UseSmallPages() => _ = Posix.Advise(Address, (nuint)Bytes, Posix.AdviseNoHugePage);

    /// <summary>Merges small pages, which the system takes where memory is short, into huge ones.</summary>
    /// <param name="bytes">Bytes from the start.</param>
    public void Collapse(long bytes)
    {
        if (bytes >= Huge)
            _ = Posix.Advise(Address, (nuint)(bytes / Huge * Huge), Posix.AdviseCollapse);
    }

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
        // The unaligned end is unmapped now, the unaligned start on disposal.
        if (mapped + alignment - PageSize > address)
            _ = Posix.Unmap(address + (nint)bytes, (nuint)(mapped + alignment - PageSize - address));
        return new PageBuffer(mapped, address, bytes);
    }
}
