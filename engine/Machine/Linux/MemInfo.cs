namespace MemoryWall.Machine.Linux;

/// <summary>Memory and swap of the machine, from <c>/proc/meminfo</c> (proc_meminfo(5)).</summary>
/// <param name="TotalBytes">RAM that the kernel manages.</param>
/// <param name="AvailableBytes">RAM that new work could get without swapping, as the kernel estimates it.</param>
/// <param name="SwapTotalBytes">Swap space.</param>
internal sealed record MemInfo(long? TotalBytes, long? AvailableBytes, long? SwapTotalBytes)
{
    public const string Total = "MemTotal:";
    public const string Available = "MemAvailable:";
    public const string SwapTotal = "SwapTotal:";

    /// <summary>The file's unit, kB, in bytes.</summary>
    public const double UnitBytes = 1024;

    /// <summary>The path of the file.</summary>
    public static string PathIn(LinuxRoot root) => Path.Combine(root.Proc, "meminfo");

    /// <summary>Reads the file once; what it lacks is absent.</summary>
    public static MemInfo Read(LinuxRoot root) =>
        KeyedFile.ReadOnce(PathIn(root), UnitBytes, Total, Available, SwapTotal) is [var total, var available, var swap]
            ? new MemInfo(total, available, swap)
            : new MemInfo(null, null, null);
}
