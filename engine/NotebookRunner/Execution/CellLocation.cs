using System.Globalization;
using System.Text.RegularExpressions;

namespace MemoryWall.NotebookRunner.Execution;

/// <summary>The file name under which a cell is compiled, so that stack traces contain "cell 5:line 3", also for functions of other
/// cells.</summary>
/// <param name="Folder">The notebook's folder, the base of relative references.</param>
/// <param name="Number">The number of the cell among all cells, from 1.</param>
internal sealed record CellLocation(string Folder, int Number)
{
    /// <summary>The file path for the compiler.</summary>
    public string FilePath => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"cell {Number}"));

    /// <summary>The stack trace without the folders of this machine.</summary>
    public string ShortenPaths(string trace) => trace.Replace(Path.Combine(Folder, "cell "), "cell ", StringComparison.Ordinal);

    /// <summary>The innermost line of this cell in the trace; null if the trace does not contain the cell.</summary>
    public int? FindLine(string? trace)
    {
        if (trace is null)
            return null;
        var line = Regex.Match(trace, Regex.Escape(FilePath) + @":line (\d+)", RegexOptions.CultureInvariant);
        return line.Success ? int.Parse(line.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null;
    }
}
