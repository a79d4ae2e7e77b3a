namespace MemoryWall.Cli.Options;

/// <summary>Spellings of earlier versions. They are errors that name the new spelling.</summary>
internal static class RenamedOptions
{
    private static readonly IReadOnlyList<RenamedOption> s_all =
    [
        new("sweep", "--method", "depth", "--method incremental"),
        new("sweep", "--method", "sampled", "--method incremental --prefill synthetic"),
        new("wall", "--depth", "sampled", "--prefill synthetic"),
        new("wall", "--depth", "computed", "--prefill computed"),
        new("wall", "--depth", null, "--prefill computed or --prefill synthetic"),
        new("compare", "--depth", "sampled", "--prefill synthetic"),
        new("compare", "--depth", "computed", "--prefill computed"),
        new("compare", "--depth", null, "--prefill computed or --prefill synthetic"),
    ];

    /// <summary>The message about the first old spelling; null where there is none.</summary>
    /// <param name="args">The command line.</param>
    public static string? FindError(IReadOnlyList<string> args)
    {
        for (var i = 1; i < args.Count; i++)
        {
            var (name, value) = Arguments.ReadOption(args, i);
            if (s_all.FirstOrDefault(old => old.Matches(args[0], name, value)) is { } renamed)
                return $"{renamed.Spelling} was renamed; write {renamed.Replacement}";
        }
        return null;
    }

    /// <param name="Command">The command.</param>
    /// <param name="Option">The old option, or the option whose value was renamed.</param>
    /// <param name="Value">The old value; null for any.</param>
    /// <param name="Replacement">What to write now.</param>
    private sealed record RenamedOption(string Command, string Option, string? Value, string Replacement)
    {
        public string Spelling => Value is null ? Option : $"{Option} {Value}";

        public bool Matches(string command, string option, string? value) =>
            command == Command && option == Option && (Value is null || Value == value);
    }
}
