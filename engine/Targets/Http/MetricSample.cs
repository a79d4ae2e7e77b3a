namespace MemoryWall.Targets.Http;

/// <summary>A sample of a page in Prometheus' text format.</summary>
/// <param name="Labels">Its labels, in the order of the page.</param>
/// <param name="Value">Its number, which may be NaN or infinite.</param>
/// <param name="TimestampMilliseconds">When it was read, in Unix time; null where the page does not say.</param>
internal sealed record MetricSample(IReadOnlyList<KeyValuePair<string, string>> Labels, double Value, long? TimestampMilliseconds)
{
    /// <summary>The value of a label; null where the sample has none of this name.</summary>
    public string? Label(string name)
    {
        foreach (var (key, value) in Labels)
        {
            if (key == name)
                return value;
        }
        return null;
    }
}
