using System.Globalization;
using MemoryWall.Core.Units;

namespace MemoryWall.Sweeps.Setup;

/// <summary>
/// Parses the contexts of a plan: numbers and ranges, separated by commas, for example <c>2k,8k,32k</c>, <c>2k..128k*2</c> (times two each
/// step) or <c>1k..4k+512</c> (plus 512 each step). The end of a range is a context only where a step reaches it exactly.
/// </summary>
internal static class ContextList
{
    // A longer list is probably a typing error.
    private const int MaxCount = 1000;

    /// <summary>Parses the list; repeats are removed, the order stays.</summary>
    /// <exception cref="FormatException">The text contains no contexts; the message shows the part that is wrong.</exception>
    public static IReadOnlyList<TokenCount> Parse(string text)
    {
        var contexts = new List<TokenCount>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            contexts.AddRange(part.Contains("..", StringComparison.Ordinal) ? Range(part) : [TokenCount.Parse(part)]);
            if (contexts.Count > MaxCount)
                throw new FormatException($"'{text}' names more than {MaxCount} contexts");
        }
        return contexts.Count > 0
            ? contexts.Distinct().ToList()
            : throw new FormatException($"'{text}' names no contexts; write for example 2k,8k,32k or 2k..128k*2");
    }

    private static IEnumerable<TokenCount> Range(string part)
    {
        var ends = part.Split("..", 2);
        var mark = ends[1].IndexOfAny(['*', '+']);
        if (mark < 0)
            throw new FormatException($"the range '{part}' has no step; write for example 2k..128k*2 (times 2) or 1k..4k+512 (plus 512)");
        var from = TokenCount.Parse(ends[0]).Value;
        var to = TokenCount.Parse(ends[1][..mark]).Value;
        var step = ends[1][(mark + 1)..];
        if (to < from)
            throw new FormatException($"the range '{part}' ends below its start");
        return ends[1][mark] == '+'
            ? Steps(from, to, TokenCount.Parse(step).Value, (at, by) => at + by)
            : Steps(from, to, Factor(part, step), (at, by) => at * by);
    }

    private static double Factor(string part, string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var factor) && factor > 1
            ? factor
            : throw new FormatException($"the factor '{text}' in '{part}' must be a number above 1, for example 2 or 1.5");

    private static IEnumerable<TokenCount> Steps(int from, int to, double by, Func<double, double, double> next)
    {
        var count = 0;
        for (double at = from; Math.Round(at) <= to && count <= MaxCount; at = next(at, by), count++)
            yield return new TokenCount((int)Math.Round(at));
    }
}
