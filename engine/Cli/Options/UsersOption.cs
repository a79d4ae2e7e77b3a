using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Core.Plan;

namespace MemoryWall.Cli.Options;

/// <summary>Reads <c>--users</c>: numbers of users, or a search for the number at which a limit is missed.</summary>
internal static class UsersOption
{
    private const string Auto = "auto";
    private const string Example = "for example --users 1,2,4,8";
    private const int DefaultMost = 64;

    /// <summary>Whether the text asks for a search.</summary>
    public static bool IsSearch(string text) => text == Auto || text.StartsWith(Auto + ":", StringComparison.Ordinal);

    /// <summary>The search; null where the text names numbers.</summary>
    /// <param name="text"><c>auto</c>, or <c>auto:4..64</c> with the first and the largest number.</param>
    /// <param name="slo">The limit; a search needs one of TTFT.</param>
    /// <exception cref="FormatException">The text is no search, or the limit is missing; the message names the option.</exception>
    public static UsersSearchPlan? ParseSearch(string text, Slo? slo)
    {
        if (!IsSearch(text))
            return null;
        var (from, most) = text == Auto ? (1, DefaultMost) : OptionParser.Parse("--users", () => ParseRange(text));
        return new UsersSearchPlan
        {
            From = from,
            Most = most,
            TtftLimit = slo?.Ttft ?? throw new FormatException("--users auto: it searches for the number of users at which the time to the "
                + "first token misses a limit; name the limit, for example --slo ttft=2s"),
        };
    }

    /// <summary>The numbers of users, each once, in their order.</summary>
    /// <exception cref="FormatException">A part is no number.</exception>
    public static IReadOnlyList<int> ParseNumbers(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => TryParse(part) ?? throw new FormatException($"'{part}' is not a whole number; {Example}, or --users auto"))
            .Distinct()
            .ToList();

    private static (int From, int Most) ParseRange(string text) =>
        text[(Auto.Length + 1)..].Split("..") is [var first, var last] && TryParse(first) is { } from && TryParse(last) is { } most
            ? (from, most)
            : throw new FormatException($"'{text}' is no range of users; for example --users auto:1..64");

    private static int? TryParse(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var users) ? users : null;
}
