namespace MemoryWall.Analysis;

/// <summary>The middle of measured values.</summary>
internal static class Median
{
    /// <summary>The middle value, or the mean of the two in the middle; null where there are none.</summary>
    public static double? Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
