using System.Globalization;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Units;

namespace MemoryWall.Notebooks;

/// <summary>Numbers as titles and tables have them, the same in every culture.</summary>
internal static class TextFormat
{
    public const string Absent = "–";

    public static string Tokens(double tokens) => Math.Round(tokens).ToString("#,0", CultureInfo.InvariantCulture);

    public static string Context(int tokens) => new TokenCount(tokens).ToString();

    /// <summary>An estimate to three significant figures.</summary>
    public static string Approximate(double tokens)
    {
        var step = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(Math.Max(1, tokens))) - 2));
        return Tokens(Math.Round(tokens / step) * step);
    }

    public static string Seconds(double? seconds) => seconds switch
    {
        null => Absent,
        < 0.001 => Invariant($"{seconds * 1e6:0} µs"),
        < 0.1 => Invariant($"{seconds * 1e3:0.0} ms"),
        < 1 => Invariant($"{seconds * 1e3:0} ms"),
        < 100 => Invariant($"{seconds:0.00} s"),
        _ => Invariant($"{seconds:#,0} s"),
    };

    public static string Rate(double? perSecond) => perSecond is { } rate ? new TokenRate(rate).ToString() : Absent;

    public static string Percent(double? share) => share is { } value ? value.ToString("0%", CultureInfo.InvariantCulture) : Absent;

    public static string Bytes(double? bytes) => bytes is { } known ? new ByteSize((long)known).ToString() : Absent;

    public static string Number(double? value) => value switch
    {
        null => Absent,
        0 => "0",
        var v when Math.Abs(v.Value) is >= 1e6 or < 1e-3 => v.Value.ToString("0.###e0", CultureInfo.InvariantCulture),
        var v when Math.Abs(v.Value) >= 100 => v.Value.ToString("#,0.#", CultureInfo.InvariantCulture),
        var v => v.Value.ToString("0.####", CultureInfo.InvariantCulture),
    };

    /// <summary>How many times: <c>2.4</c>, <c>38</c>.</summary>
    public static string Factor(double factor) => factor.ToString(factor >= 10 ? "#,0"
        : factor >= 1 ? "0.0"
        : factor >= 0.1 ? "0.00" : "0.000", CultureInfo.InvariantCulture);

    public static string Humanize(string name) => name.Replace('_', ' ');

    /// <summary>A regime of memory: <c>out of memory</c>.</summary>
    public static string Regime(MemoryRegime regime) => Humanize(EnumNames.Name(regime));

    public static string JoinWithAnd(IEnumerable<string> items)
    {
        var all = items.ToList();
        return all.Count < 2 ? string.Concat(all) : string.Join(", ", all.SkipLast(1)) + " and " + all[^1];
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
