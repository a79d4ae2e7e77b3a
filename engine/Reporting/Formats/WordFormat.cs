using System.Globalization;
using System.Text.RegularExpressions;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Reporting.Formats;

/// <summary>Lists, names and quoted texts in sentences and tables.</summary>
internal static partial class WordFormat
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

    /// <summary>Trials by their numbers, consecutive ones as a range: <c>trial 3</c>, <c>trials 2–4, 7</c>.</summary>
    public static string TrialRanges(IReadOnlyList<int> numbers)
    {
        // In a run of consecutive numbers, number and position grow together.
        var runs = numbers.Order().Distinct().Select((number, index) => (number, index)).GroupBy(entry => entry.number - entry.index);
        var ranges = runs.Select(run => FormatRange([.. run.Select(entry => entry.number)]));
        return $"{(numbers.Count == 1 ? "trial" : "trials")} {string.Join(", ", ranges)}";
    }

    /// <summary>A number with its noun: <c>1 trial</c>, <c>2 trials</c>.</summary>
    public static string Count(int number, string noun) => $"{NumberFormat.Tokens(number)} {noun}{(number == 1 ? "" : "s")}";

    /// <summary>The text with its first letter in upper case.</summary>
    public static string Capitalize(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>A stored name in words: <c>out_of_memory</c> is <c>out of memory</c>.</summary>
    public static string Words(string name) => name.Replace('_', ' ');

    /// <summary>A text from elsewhere on one line, without the control characters that steer a terminal.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">Its greatest length in characters; the rest is cut off.</param>
    public static string SingleLine(string text, int maxLength = 400) => SafeText.ToSingleLine(text, maxLength);

    /// <summary>A version without the commit that some builds add after a plus sign; the run's manifest holds it.</summary>
    public static string Version(string version) => version.Split('+')[0];

    /// <summary>A text in which each commit is as short as Git prints it.</summary>
    public static string ShortenCommits(string text) => Commit().Replace(text, commit => commit.Value[..9]);

    [GeneratedRegex(@"\b[0-9a-f]{40}\b", RegexOptions.CultureInvariant)]
    private static partial Regex Commit();

    private static string FormatRange(IReadOnlyList<int> numbers) =>
        numbers.Count > 2 ? $"{numbers[0]}–{numbers[^1]}" : string.Join(", ", numbers);
}
