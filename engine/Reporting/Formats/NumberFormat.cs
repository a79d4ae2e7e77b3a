using System.Globalization;
using MemoryWall.Core.Units;

namespace MemoryWall.Reporting.Formats;

/// <summary>The text of numbers in sentences, tables and figures: one method a quantity, the same in every culture. A value that is absent
/// is a dash, never a zero.</summary>
/// <remarks>It belongs to the reporting floor. It is here because the verdicts of an analysis still contain sentences.</remarks>
internal static class NumberFormat
{
    /// <summary>The text of a value that is absent.</summary>
    public const string Absent = "–";

    /// <summary>A count of tokens with all its digits: <c>82,432</c>.</summary>
    public static string Tokens(double? tokens) => tokens is { } known ? Fixed(Math.Round(known), "#,0") : Absent;

    /// <summary>A context as the field writes it: <c>8k</c>.</summary>
    public static string Context(int tokens) => new TokenCount(tokens).ToString();

    /// <summary>An estimated count to three significant figures: <c>5,340</c>.</summary>
    public static string Approximate(double tokens)
    {
        var step = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(Math.Max(1, tokens))) - 2));
        return Tokens(Math.Round(tokens / step) * step);
    }

    /// <summary>A measured duration to about three significant figures: <c>9.1 ms</c>, <c>412 ms</c>, <c>1.25 s</c>.</summary>
    public static string Duration(double? seconds) => seconds switch
    {
        null => Absent,
        < 0.001 => Fixed(seconds.Value * 1e6, "0") + " µs",
        < 0.1 => Fixed(seconds.Value * 1e3, "0.0") + " ms",
        < 1 => Fixed(seconds.Value * 1e3, "0") + " ms",
        < 100 => Fixed(seconds.Value, "0.00") + " s",
        _ => Fixed(seconds.Value, "#,0") + " s",
    };

    /// <summary>A measured duration to about three significant figures.</summary>
    public static string Duration(TimeSpan? duration) => Duration(duration?.TotalSeconds);

    /// <summary>A duration that a user has set, without trailing zeros: <c>2 s</c>, <c>100 ms</c>.</summary>
    public static string DurationSetting(TimeSpan duration) => duration.TotalSeconds switch
    {
        < 0.001 => Fixed(duration.TotalMicroseconds, "0.#") + " µs",
        < 1 => Fixed(duration.TotalMilliseconds, "0.#") + " ms",
        _ => Fixed(duration.TotalSeconds, "0.##") + " s",
    };

    /// <summary>Tokens per second with the unit: <c>15.8 t/s</c>.</summary>
    public static string Rate(double? perSecond) => perSecond is { } known ? RateNumber(known) + " t/s" : Absent;

    /// <summary>Tokens per second without the unit: three significant figures or all whole digits.</summary>
    public static string RateNumber(double? perSecond) => perSecond switch
    {
        null => Absent,
        >= 100 => Fixed(perSecond.Value, "#,0"),
        >= 10 => Fixed(perSecond.Value, "0.0"),
        >= 1 => Fixed(perSecond.Value, "0.00"),
        _ => Fixed(perSecond.Value, "0.000"),
    };

    /// <summary>Tokens per second without the unit.</summary>
    public static string RateNumber(TokenRate? rate) => RateNumber(rate?.PerSecond);

    /// <summary>A share of 1. Shares near 0% and 100% have two more digits, so that what is small is not shown as nothing, and what is
    /// nearly all not as all.</summary>
    public static string Percent(double? share) => share switch
    {
        null => Absent,
        (> 0 and < 0.005) or (> 0.995 and < 1) => Fixed(share.Value * 100, "0.##") + "%",
        _ => Fixed(share.Value * 100, "0") + "%",
    };

    /// <summary>Bytes with the largest unit that fits: <c>64.0 MiB</c>.</summary>
    public static string Bytes(double? bytes) => bytes is { } known ? new ByteSize((long)known).ToString() : Absent;

    /// <summary>A ratio near 1, to two decimals: <c>0.95</c>, <c>1.30</c>.</summary>
    public static string Ratio(double ratio) => ratio switch
    {
        >= 10 => Fixed(ratio, "0"),
        >= 0.1 => Fixed(ratio, "0.00"),
        _ => Fixed(ratio, "0.0000"),
    };

    /// <summary>How many times as much: <c>2.4</c>, <c>38</c>.</summary>
    public static string Factor(double factor) => factor switch
    {
        >= 10 => Fixed(factor, "#,0"),
        >= 1 => Fixed(factor, "0.0"),
        >= 0.1 => Fixed(factor, "0.00"),
        _ => Fixed(factor, "0.000"),
    };

    /// <summary>A number without a unit of its own, to about four significant figures.</summary>
    public static string Number(double? value) => value switch
    {
        null => Absent,
        0 => "0",
        { } v when Math.Abs(v) is >= 1e6 or < 1e-3 => Fixed(v, "0.###e0"),
        { } v when Math.Abs(v) >= 100 => Fixed(v, "#,0.#"),
        { } v => Fixed(v, "0.####"),
    };

    /// <summary>A probability of a statistical test: <c>p = 0.004</c>, or <c>p &lt; 0.001</c>.</summary>
    public static string PValue(double p) => p < 0.001 ? "p < 0.001" : "p = " + Fixed(p, "0.000");

    private static string Fixed(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
