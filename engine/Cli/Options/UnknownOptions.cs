namespace MemoryWall.Cli.Options;

/// <summary>Names an option that a command does not have, with the option that may be meant. The command-line library's own message names
/// neither that nor where the options are listed.</summary>
internal static class UnknownOptions
{
    // Letters that are missing, too many, wrong or exchanged.
    private const int MaxMistakes = 2;
    private const int MaxSuggestions = 3;

    /// <summary>The message about the first of them; null where the command has all options.</summary>
    /// <param name="args">The command line.</param>
    public static string? FindError(IReadOnlyList<string> args)
    {
        if (CommandSettingsFinder.Find(args) is not ({ } settings, var words))
            return null;
        var known = settings.GetProperties().SelectMany(OptionNames.Of).Append("--help").Append("-h").ToList();
        var name = args.Skip(words).Where(IsOption).Select(argument => argument.Split('=', ':')[0])
            .FirstOrDefault(option => !known.Contains(option, StringComparer.Ordinal));
        if (name is null)
            return null;
        var command = string.Join(' ', args.Take(words));
        var question = FindSimilar(name, known) is { Count: > 0 } meant ? $"; did you mean {string.Join(" or ", meant)}?" : ";";
        return $"{name}: memwall {command} has no such option{question} 'memwall {command} --help' lists the options";
    }

    // Those that begin with what was written, and those with the fewest mistakes.
    private static List<string> FindSimilar(string name, IReadOnlyList<string> known)
    {
        if (!name.StartsWith("--", StringComparison.Ordinal))
            return [];
        var counted = known.Select(option => (Option: option, Mistakes: CountMistakes(name, option))).ToList();
        var fewest = Math.Min(MaxMistakes, counted.Min(option => option.Mistakes));
        return [.. counted
            .Where(option => option.Mistakes <= fewest || option.Option.StartsWith(name, StringComparison.Ordinal))
            .OrderBy(option => option.Mistakes)
            .Select(option => option.Option)
            .Take(MaxSuggestions)];
    }

    // A negative number is a value.
    private static bool IsOption(string argument) => argument is ['-', '-', _, ..] or ['-', >= 'a' and <= 'z' or >= 'A' and <= 'Z']
        or ['-', >= 'a' and <= 'z' or >= 'A' and <= 'Z', '=' or ':', ..];

    // The edit distance in which an exchange of two letters counts once (optimal string alignment).
    private static int CountMistakes(string written, string option)
    {
        var counts = new int[written.Length + 1, option.Length + 1];
        for (var i = 0; i <= written.Length; i++)
            counts[i, 0] = i;
        for (var j = 0; j <= option.Length; j++)
            counts[0, j] = j;
        for (var i = 1; i <= written.Length; i++)
        {
            for (var j = 1; j <= option.Length; j++)
            {
                var replaced = counts[i - 1, j - 1] + (written[i - 1] == option[j - 1] ? 0 : 1);
                counts[i, j] = Math.Min(replaced, Math.Min(counts[i - 1, j], counts[i, j - 1]) + 1);
                if (i > 1 && j > 1 && written[i - 1] == option[j - 2] && written[i - 2] == option[j - 1])
                    counts[i, j] = Math.Min(counts[i, j], counts[i - 2, j - 2] + 1);
            }
        }
        return counts[written.Length, option.Length];
    }
}
