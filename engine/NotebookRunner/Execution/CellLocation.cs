using System.Globalization;
using System.Text.RegularExpressions;

namespace MemoryWall.NotebookRunner.Execution;

/// <summary>The name under which a cell is compiled, so that a stack trace says "cell 5:line 3" also of functions from other
/// cells.</summary>
/// <param name="Folder">The notebook's folder; relative references resolve against it.</param>
/// <param name="Number">The cell's place among all cells, from 1.</param>
internal sealed record CellLocation(string Folder, int Number)
{
    /// <summary>What the compiler gets as the file's path.</summary>
    public string FilePath => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"cell {Number}"));

    /// <summary>The trace without this machine's folders.</summary>
    public string ShortenPaths(string trace) => trace.Replace(Path.Combine(Folder, "cell "), "cell ", StringComparison.Ordinal);

    /// <summary>The innermost line of this cell that the trace passes through; absent where it passes through none.</summary>
    public int? FindLine(string? trace)
    {
        if (trace is null)
            return null;
        var line = Regex.Match(trace, Regex.Escape(FilePath) + @":line (\d+)", RegexOptions.CultureInvariant);
        return line.Success ? int.Parse(line.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null;
    }
}
