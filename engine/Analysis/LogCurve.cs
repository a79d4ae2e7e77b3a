namespace MemoryWall.Analysis;

/// <summary>A curve through measured points: straight lines in the logarithms, and the end values beside them.</summary>
/// <param name="points">The points, both values above 0, from left to right.</param>
internal sealed class LogCurve(IReadOnlyList<(double At, double Value)> points)
{
    /// <summary>The points.</summary>
    public IReadOnlyList<(double At, double Value)> Points => points;

    /// <summary>The value at a place; beside the points that of the nearest one.</summary>
    public double At(double x)
    {
        if (x <= points[0].At)
            return points[0].Value;
        if (x >= points[^1].At)
            return points[^1].Value;
        var high = 1;
        while (points[high].At < x)
            high++;
        var (a, b) = (points[high - 1], points[high]);
        var part = Math.Log(x / a.At) / Math.Log(b.At / a.At);
        return a.Value * Math.Pow(b.Value / a.Value, part);
    }
}
