namespace MemoryWall.Reporting.Formats;

/// <summary>Shares as bars of characters.</summary>
internal static class BarFormat
{
    /// <summary>A share of 1 as a bar; below 0 it is empty, above 1 full.</summary>
    /// <param name="share">The share, finite.</param>
    /// <param name="width">Characters.</param>
    public static string Format(double share, int width)
    {
        var full = (int)Math.Round(Math.Clamp(share, 0, 1) * width);
        return new string('█', full) + new string('░', width - full);
    }
}
