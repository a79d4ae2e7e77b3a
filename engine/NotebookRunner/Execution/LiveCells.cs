using System.Text.RegularExpressions;
using MemoryWall.NotebookRunner.Documents;

namespace MemoryWall.NotebookRunner.Execution;

/// <summary>
/// The cells that show more than sample runs: those that measure, or that show this machine or its own runs, and those that use a variable
/// of such a cell. The engine reports the first kind by its exception.
/// </summary>
internal sealed partial class LiveCells
{
    /// <summary>The environment variable that tells the engine to refuse everything but samples.</summary>
    public const string SamplesOnlyVariable = "MEMWALL_SAMPLES_ONLY";

    private const string LiveException = "LiveDataException";
    private readonly HashSet<string> _variables = new(StringComparer.Ordinal);

    /// <summary>Whether a cell uses a variable of a live cell, so that it cannot be executed.</summary>
    public bool Uses(NotebookCell cell)
    {
        var code = Text().Replace(cell.Source, "");
        var declared = FindDeclared(code);
        var uses = Word().Matches(code).Any(word => _variables.Contains(word.Value) && !declared.Contains(word.Value));
        if (uses)
            _variables.UnionWith(declared);
        else
            _variables.ExceptWith(declared);
        return uses;
    }

    /// <summary>Whether a cell failed because it would show more than samples.</summary>
    public bool Contains(NotebookCell cell, CellFailure failure)
    {
        if (!failure.Name.EndsWith(LiveException, StringComparison.Ordinal))
            return false;
        var code = Text().Replace(cell.Source, "");
        _variables.UnionWith(FindDeclared(code));
        // What a cell measures with is changed by it.
        _variables.UnionWith(Awaited().Matches(code).Select(match => match.Groups[1].Value));
        return true;
    }

    private static HashSet<string> FindDeclared(string code) =>
        [.. Declaration().Matches(code).SelectMany(match => Word().Matches(match.Groups[1].Value)).Select(word => word.Value)];

    [GeneratedRegex(@"""[^""]*""|//[^\n]*")]
    private static partial Regex Text();

    [GeneratedRegex(@"[A-Za-z_]\w*")]
    private static partial Regex Word();

    [GeneratedRegex(@"\bvar\s+(\w+|\([^)]*\))")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\bawait\s+([a-z]\w*)\.")]
    private static partial Regex Awaited();
}
