using MemoryWall.Core.Plan;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The words for a memory cap.</summary>
internal static class CapPhrases
{
    /// <summary>The cap with its swap: <c>cap 400 MiB, swap off</c>.</summary>
    public static string Format(CapPlan? cap) => cap is null ? "no cap" : $"cap {NumberFormat.Bytes(cap.Bytes)}, swap {FormatSwap(cap)}";

    /// <summary>The size alone.</summary>
    public static string FormatSize(CapPlan? cap) => cap is null ? "none" : NumberFormat.Bytes(cap.Bytes);

    /// <summary>What the cap permits to be swapped.</summary>
    public static string FormatSwap(CapPlan? cap) => cap switch
    {
        null => NumberFormat.Absent,
        { SwapBytes: null } => "allowed",
        { SwapBytes: 0 } => "off",
        { SwapBytes: { } bytes } => NumberFormat.Bytes(bytes),
    };
}
