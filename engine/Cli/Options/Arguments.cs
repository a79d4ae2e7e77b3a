namespace MemoryWall.Cli.Options;

/// <summary>Reads raw arguments as the command-line library does.</summary>
internal static class Arguments
{
    /// <summary>Splits <c>--name value</c>, <c>--name=value</c> and <c>--name:value</c>.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="index">Where the option is.</param>
    /// <returns>The name, and the value; null where nothing follows.</returns>
    public static (string Name, string? Value) ReadOption(IReadOnlyList<string> args, int index)
    {
        var text = args[index];
        var end = text.StartsWith('-') ? text.IndexOfAny(['=', ':']) : -1;
        return end < 0 ? (text, args.ElementAtOrDefault(index + 1)) : (text[..end], text[(end + 1)..]);
    }
}
