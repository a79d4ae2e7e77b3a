namespace MemoryWall.Cli.Views;

/// <summary>Fits text into one row of a terminal.</summary>
internal static class TerminalRow
{
    /// <summary>Joins as many parts as fit. If the first part alone is too long, it is cut.</summary>
    /// <param name="parts">The parts, the most important first.</param>
    /// <param name="separator">The text between two parts.</param>
    /// <param name="width">Columns, 1 or more.</param>
    public static string JoinToWidth(IEnumerable<string> parts, string separator, int width)
    {
        var line = "";
        foreach (var part in parts)
        {
            if (line.Length == 0)
                line = part.Length <= width ? part : part[..Math.Max(0, width)];
            else if (line.Length + separator.Length + part.Length <= width)
                line += separator + part;
            else
                break;
        }
        return line;
    }
}
