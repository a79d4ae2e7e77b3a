namespace MemoryWall.Cli.Views;

/// <summary>Text for one row of a terminal.</summary>
internal static class TerminalRow
{
    /// <summary>Joins parts, the most important first, as long as they fit; the first one is cut where it alone is too long.</summary>
    /// <param name="parts">The parts.</param>
    /// <param name="separator">What stands between two.</param>
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
