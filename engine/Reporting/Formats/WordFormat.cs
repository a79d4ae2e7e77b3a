using System.Globalization;

namespace MemoryWall.Reporting.Formats;

/// <summary>Lists, names and quoted texts in sentences and tables.</summary>
internal static class WordFormat
{
    /// <summary>A list with its last item joined by "and": <c>2k, 4k and 8k</c>.</summary>
    public static string List(IEnumerable<string> items)
    {
        var all = items.ToList();
        return all.Count < 2 ? string.Concat(all) : string.Join(", ", all.SkipLast(1)) + " and " + all[^1];
    }

    /// <summary>Trials by their numbers: <c>trial 3</c>, <c>trials 3, 4 and 7</c>.</summary>
    public static string Trials(IReadOnlyList<int> numbers) =>
        (numbers.Count == 1 ? "trial " : "trials ") + List(numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)));

    /// <summary>A stored name in words: <c>out_of_memory</c> is <c>out of memory</c>.</summary>
    public static string Words(string name) => name.Replace('_', ' ');

    /// <summary>A text from elsewhere on one line, without the control characters that steer a terminal.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">Its greatest length in characters; the rest is cut off.</param>
    public static string SingleLine(string text, int maxLength = 400)
    {
        var clean = string.Concat(text.Take(maxLength).Select(c => char.IsControl(c) ? ' ' : c));
        return text.Length > maxLength ? clean + "…" : clean;
    }
}
