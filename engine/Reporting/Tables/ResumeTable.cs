using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Tables;

/// <summary>Resumed trials compared with computed ones at each context.</summary>
internal static class ResumeTable
{
    /// <summary>One row for each context; null for a run without resumed trials.</summary>
    public static TextTable? Create(IReadOnlyList<ResumeGain> gains)
    {
        if (gains.Count == 0)
            return null;
        TableColumn<ResumeGain>[] columns =
        [
            new("context", gain => NumberFormat.Tokens(gain.ContextTokens)),
            new("TTFT computed", gain => NumberFormat.Duration(gain.ComputedTtftSeconds.Median)),
            new("TTFT resumed", gain => NumberFormat.Duration(gain.ResumedTtftSeconds.Median)),
            new("times faster", gain => EstimateFormat.WithInterval(gain.Factor, NumberFormat.Ratio)),
            new("saved KV cache", gain => NumberFormat.Bytes(gain.StateBytes)),
            new("read at" + FormatSource(gains), gain => NumberFormat.Bandwidth(gain.ReadBytesPerSecond)),
            new("break-even bandwidth", gain => NumberFormat.Bandwidth(gain.BreakEvenBytesPerSecond)),
        ];
        return columns.ToTable(gains);
    }

    private static string FormatSource(IReadOnlyList<ResumeGain> gains)
    {
        if (gains.Any(gain => gain.IsEmulated))
            return " (emulated)";
        return gains.Any(gain => gain.IsThroughPageCache) ? " (page cache)" : "";
    }
}
