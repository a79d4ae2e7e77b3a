namespace MemoryWall.Reporting.Formats;

/// <summary>The memory limit of a control group as its file reports it.</summary>
internal static class CgroupLimit
{
    // A control group without a limit reports a number near 2^63.
    private const double MinUnlimitedBytes = 1L << 60;

    /// <summary>Whether a reading is a limit, and not the number that stands for none.</summary>
    public static bool IsLimit(double bytes) => bytes < MinUnlimitedBytes;
}
