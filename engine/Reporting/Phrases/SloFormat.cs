using MemoryWall.Analysis;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The words for a latency limit.</summary>
internal static class SloFormat
{
    /// <summary>The limit in words: <c>TTFT up to 2 s, inter-token time up to 100 ms</c>.</summary>
    public static string Format(Slo slo) => string.Join(", ",
        new[] { FormatLimit("TTFT", slo.Ttft), FormatLimit("inter-token time", slo.InterToken) }.OfType<string>());

    private static string? FormatLimit(string name, TimeSpan? limit) =>
        limit is { } known ? $"{name} up to {NumberFormat.DurationSetting(known)}" : null;
}
