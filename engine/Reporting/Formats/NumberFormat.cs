using System.Globalization;
using MemoryWall.Core.Units;

namespace MemoryWall.Reporting.Formats;

/// <summary>The text of numbers in sentences, tables and figures: one method a quantity, the same in every culture. A value that is absent
/// is a dash, never a zero.</summary>
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

    /// <summary>A measured duration to three significant figures, or all whole seconds: <c>9.12 ms</c>, <c>41.0 ms</c>,
    /// <c>1.25 s</c>.</summary>
    public static string Duration(double? seconds) => seconds switch
    {
        null => Absent,
        0 => "0 s",
        < 0 => "-" + Duration(-seconds),
        < 0.001 => ThreeFigures(seconds.Value * 1e6) + " µs",
        < 1 => ThreeFigures(seconds.Value * 1e3) + " ms",
        _ => ThreeFigures(seconds.Value) + " s",
    };

    /// <summary>A measured duration to three significant figures, or all whole seconds.</summary>
    public static string Duration(TimeSpan? duration) => Duration(duration?.TotalSeconds);

    /// <summary>A duration that a user has set, without trailing zeros: <c>2 s</c>, <c>100 ms</c>.</summary>
    public static string DurationSetting(TimeSpan duration) => duration.TotalSeconds switch
    {
        < 0.001 => Fixed(duration.TotalMicroseconds, "0.#") + " µs",
        < 1 => Fixed(duration.TotalMilliseconds, "0.#") + " ms",
        _ => Fixed(duration.TotalSeconds, "0.##") + " s",
    };

    /// <summary>A running clock in seconds, without its unit: tenths below 100 s, then whole seconds. It never shows time that has not
    /// passed.</summary>
    public static string RunningClock(double seconds) =>
        seconds < 100 ? Fixed(Math.Floor(seconds * 10) / 10, "0.0") : Fixed(Math.Floor(seconds), "#,0");

    /// <summary>A clock that has stopped, in seconds without its unit, to three significant figures: <c>0.0432</c>, <c>1.25</c>,
    /// <c>48.4</c>.</summary>
    public static string StoppedClock(double seconds) => Fixed(seconds, seconds switch
    {
        < 0.0995 => "0.0000",
        < 0.9995 => "0.000",
        < 9.995 => "0.00",
        < 99.95 => "0.0",
        _ => "#,0",
    });

    /// <summary>How long something has run: <c>0:07</c>, <c>12:05</c>, <c>1:02:05</c>.</summary>
    public static string RunningTime(double seconds)
    {
        var whole = TimeSpan.FromSeconds(Math.Max(0, Math.Floor(seconds)));
        return whole.TotalHours < 1
            ? whole.ToString(@"m\:ss", CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{(int)whole.TotalHours}:{whole:mm\\:ss}");
    }

    /// <summary>An estimated duration: <c>12 s</c>, <c>4 min</c>, <c>1.5 h</c>.</summary>
    public static string EstimatedDuration(double seconds) => seconds switch
    {
        < 90 => Fixed(seconds, "0") + " s",
        < 5400 => Fixed(seconds / 60, "0") + " min",
        _ => Fixed(seconds / 3600, "0.0") + " h",
    };

    /// <summary>A point in time, in UTC: <c>2026-01-31 14:25 UTC</c>.</summary>
    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Tokens per second with the unit: <c>15.8 t/s</c>.</summary>
    public static string Rate(double? perSecond) => perSecond is { } known ? RateNumber(known) + " t/s" : Absent;

    /// <summary>Tokens per second without the unit: three significant figures or all whole digits.</summary>
    public static string RateNumber(double? perSecond) => perSecond switch
    {
        null => Absent,
        >= 1 => ThreeFigures(perSecond.Value),
        _ => Fixed(perSecond.Value, "0.000"),
    };

    /// <summary>Tokens per second without the unit.</summary>
    public static string RateNumber(TokenRate? rate) => RateNumber(rate?.PerSecond);

    /// <summary>An upper bound of tokens per second, without the unit: three significant figures, rounded up so that the text is still a
    /// bound.</summary>
    public static string RateBound(double perSecond)
    {
        var digits = 2 - (int)Math.Floor(Math.Log10(perSecond));
        // What is only the error of a binary fraction is not rounded up.
        var rounded = Math.Ceiling(perSecond * Math.Pow(10, digits) - 1e-6) / Math.Pow(10, digits);
        digits = 2 - (int)Math.Floor(Math.Log10(rounded));
        return Fixed(rounded, digits > 0 ? "0." + new string('0', digits) : "#,0");
    }

    /// <summary>A share of 1. Shares near 0% and 100% have two more digits, so that what is small is not shown as nothing, and what is
    /// nearly all not as all.</summary>
    public static string Percent(double? share) => share switch
    {
        null => Absent,
        (> 0 and < 0.005) or (> 0.995 and < 1) => Fixed(share.Value * 100, "0.##") + "%",
        _ => Fixed(share.Value * 100, "0") + "%",
    };

    /// <summary>A share of 1 that a user has set, without trailing zeros: <c>2%</c>, <c>2.5%</c>.</summary>
    public static string PercentSetting(double share) => Fixed(share * 100, "0.##") + "%";

    /// <summary>How far a value is from its reference, as a share of the reference: <c>+3.1%</c>, <c>-0.8%</c>, <c>0.0%</c>.</summary>
    public static string Deviation(double? share) =>
        share is { } known ? (known * 100).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) + "%" : Absent;

    /// <summary>Bytes with the largest unit that fits: <c>64.0 MiB</c>.</summary>
    public static string Bytes(double? bytes) => bytes is { } known ? new ByteSize((long)known).ToString() : Absent;

    /// <summary>Bytes in units of 1,000,000,000, as drives and vendors count: <c>17.2 GB</c>.</summary>
    public static string Gigabytes(double? bytes) =>
        bytes is { } known ? Fixed(known / 1e9, Math.Abs(known) >= 1e11 ? "#,0" : "0.0#") + " GB" : Absent;

    /// <summary>Bytes per second: <c>2.40 GiB/s</c>.</summary>
    public static string Bandwidth(double? bytesPerSecond) => bytesPerSecond is { } known ? Bytes(known) + "/s" : Absent;

    /// <summary>Floating-point operations per second: <c>95.4 Gflop/s</c>.</summary>
    public static string Flops(double perSecond) => Number(Math.Round(perSecond / 1e8) / 10) + " Gflop/s";

    /// <summary>Floating-point operations: <c>318 Gflop</c>, <c>1.05 Tflop</c>.</summary>
    public static string Operations(double? operations) => operations switch
    {
        null => Absent,
        >= 1e15 => ThreeFigures(operations.Value / 1e15) + " Pflop",
        >= 1e12 => ThreeFigures(operations.Value / 1e12) + " Tflop",
        >= 1e9 => ThreeFigures(operations.Value / 1e9) + " Gflop",
        _ => ThreeFigures(operations.Value / 1e6) + " Mflop",
    };

    /// <summary>Floating-point operations per second, in the largest unit that fits: <c>95.4 Gflop/s</c>, <c>165 Tflop/s</c>.</summary>
    public static string OperationsRate(double? perSecond) => perSecond is { } known ? Operations(known) + "/s" : Absent;

    /// <summary>A model's number of parameters: <c>22 million parameters</c>, <c>8.03 billion parameters</c>.</summary>
    public static string Parameters(long count) => count >= 1_000_000_000
        ? Fixed(count / 1e9, "0.##") + " billion parameters"
        : Fixed(count / 1e6, "0.#") + " million parameters";

    /// <summary>The ratio of two measured values to three significant figures: <c>0.637</c>, <c>1.32</c>, <c>13.4</c>. Near 1 it has three
    /// decimals, since there it matters whether it is above or below.</summary>
    public static string Ratio(double ratio) => ratio switch
    {
        >= 100 => Fixed(ratio, "#,0"),
        >= 10 => Fixed(ratio, "0.0"),
        >= 2 => Fixed(ratio, "0.00"),
        >= 0.1 => Fixed(ratio, "0.000"),
        _ => Fixed(ratio, "0.0000"),
    };

    /// <summary>A number without a unit of its own, to about four significant figures.</summary>
    public static string Number(double? value) => value switch
    {
        null => Absent,
        0 => "0",
        { } v when Math.Abs(v) is >= 1e6 or < 1e-3 => Fixed(v, "0.###e0"),
        { } v when Math.Abs(v) >= 1000 => Fixed(v, "#,0"),
        { } v when Math.Abs(v) >= 100 => Fixed(v, "0.#"),
        { } v => Fixed(v, "0.####"),
    };

    /// <summary>A probability of a statistical test: <c>p = 0.004</c>, or <c>p &lt; 0.001</c>.</summary>
    public static string PValue(double p) => p < 0.001 ? "p < 0.001" : "p = " + Fixed(p, "0.000");

    private static string ThreeFigures(double value) => value switch
    {
        >= 100 => Fixed(value, "#,0"),
        >= 10 => Fixed(value, "0.0"),
        _ => Fixed(value, "0.00"),
    };

    private static string Fixed(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
