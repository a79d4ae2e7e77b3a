namespace MemoryWall.Analysis.Telemetry;

/// <summary>The memory limit of a control group as its file reports it.</summary>
internal static class CgroupLimit
{
    // A control group without a limit reports a number near 2^63.
    private const double UnlimitedBytes = 1L << 60;

    /// <summary>The limit of a reading; null where nothing was read, and for the number that stands for no limit.</summary>
    public static double? FromReading(double? bytes) => bytes < UnlimitedBytes ? bytes : null;
}
