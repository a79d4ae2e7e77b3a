using System.Globalization;
using MemoryWall.Facts;

namespace MemoryWall.Cli.Views;

/// <summary>How numbers look in tables. What is absent is a dash, never a zero.</summary>
internal static class Cells
{
    public const string Absent = "–";

    public static string Seconds(double? seconds) => seconds switch
    {
        null => Absent,
        < 0.001 => string.Create(CultureInfo.InvariantCulture, $"{seconds.Value * 1e6:0} µs"),
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds.Value * 1e3:0} ms"),
        < 100 => string.Create(CultureInfo.InvariantCulture, $"{seconds.Value:0.00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds.Value:#,0} s"),
    };

    public static string Rate(double? perSecond) => perSecond switch
    {
        null => Absent,
        >= 100 => perSecond.Value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 10 => perSecond.Value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 1 => perSecond.Value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => perSecond.Value.ToString("0.000", CultureInfo.InvariantCulture),
    };

    public static string Share(double? share) => share is { } value ? value.ToString("0%", CultureInfo.InvariantCulture) : Absent;

    public static string Tokens(int? tokens) => tokens is { } value ? value.ToString("#,0", CultureInfo.InvariantCulture) : Absent;

    public static string Flags(TrialFlags flags) => string.Join(", ", flags.Names().Select(name => name.Replace('_', ' ')));
}
