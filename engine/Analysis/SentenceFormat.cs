using System.Globalization;
using MemoryWall.Core.Units;

namespace MemoryWall.Analysis;

/// <summary>Numbers and lists as sentences have them, the same in every culture.</summary>
internal static class SentenceFormat
{
    private const int MaxQuoteLength = 200;

    public static string Context(int tokens) => new TokenCount(tokens).ToString();

    public static string Rate(double perSecond) => new TokenRate(perSecond).ToString();

    public static string Percent(double share) =>
        (share * 100).ToString(share is > 0.005 and < 0.995 ? "0" : "0.##", CultureInfo.InvariantCulture) + "%";

    public static string Ratio(double ratio) => ratio.ToString(ratio >= 10 ? "0"
        : ratio >= 0.1 ? "0.00" : "0.0000", CultureInfo.InvariantCulture);

    /// <summary>A short time with its unit: <c>9.1 ms</c>.</summary>
    public static string Seconds(double seconds) => seconds switch
    {
        < 1e-3 => FormattableString.Invariant($"{seconds * 1e6:0.#} µs"),
        < 1 => FormattableString.Invariant($"{seconds * 1e3:0.#} ms"),
        _ => FormattableString.Invariant($"{seconds:0.##} s"),
    };

    /// <summary>A chance of a test: <c>p = 0.004</c>; small ones are not spelled out.</summary>
    public static string PValue(double p) => p < 0.001 ? "p < 0.001" : "p = " + p.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>An estimate to three significant figures: <c>5,340 tokens</c>.</summary>
    public static string ApproximateTokens(double tokens)
    {
        var step = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(Math.Max(1, tokens))) - 2));
        return (Math.Round(tokens / step) * step).ToString("#,0", CultureInfo.InvariantCulture) + " tokens";
    }

    public static string Trials(IReadOnlyList<int> numbers) =>
        (numbers.Count == 1 ? "trial " : "trials ") + List(numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)));

    public static string List(IEnumerable<string> items)
    {
        var all = items.ToList();
        return all.Count < 2 ? string.Concat(all) : string.Join(", ", all.SkipLast(1)) + " and " + all[^1];
    }

    /// <summary>A foreign server's words: one line, bounded, without control characters.</summary>
    public static string Quote(string text)
    {
        var clean = string.Concat(text.Take(MaxQuoteLength).Select(c => char.IsControl(c) ? ' ' : c));
        return text.Length > MaxQuoteLength ? clean + "…" : clean;
    }
}
