using System.Globalization;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>Shares in the evidence of a phase's verdicts.</summary>
internal static class ShareFormat
{
    /// <summary>A share of 1. Shares near 0% and 100% have two more digits.</summary>
    public static string Percent(double? share) => share switch
    {
        null => "–",
        (> 0 and < 0.005) or (> 0.995 and < 1) => (share.Value * 100).ToString("0.##", CultureInfo.InvariantCulture) + "%",
        _ => (share.Value * 100).ToString("0", CultureInfo.InvariantCulture) + "%",
    };
}
