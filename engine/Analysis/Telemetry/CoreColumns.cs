using System.Text.RegularExpressions;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>The columns of single logical processors, whose number is that of the processors.</summary>
internal static partial class CoreColumns
{
    /// <summary>Whether a column is the time of one logical processor.</summary>
    public static bool IsMatch(string name) => CoreBusyColumn().IsMatch(name);

    [GeneratedRegex(@"^cpu\d+_busy_seconds_total$")]
    private static partial Regex CoreBusyColumn();
}
