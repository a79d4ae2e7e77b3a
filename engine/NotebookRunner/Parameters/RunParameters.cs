using MemoryWall.NotebookRunner.Documents;

namespace MemoryWall.NotebookRunner.Parameters;

/// <summary>Finds the parameters of a notebook that name its runs, so that a caller does not need to know them.</summary>
internal static class RunParameters
{
    private static readonly string[] s_singleRunNames = ["run", "runName", "sample"];

    private static readonly string[] s_pairNames = ["first", "second"];

    private const string RunListName = "runNames";

    /// <summary>The parameters that make the notebook show these runs; empty without runs.</summary>
    /// <exception cref="ParameterException">The notebook needs another number of runs.</exception>
    public static IReadOnlyList<Parameter> ForRuns(NotebookDocument notebook, IReadOnlyList<string> runs)
    {
        if (runs.Count == 0)
            return [];
        var declared = notebook.Cells.LastOrDefault(cell => cell.IsCode && cell.HasTag(NotebookCell.ParametersTag)) is { } cell
            ? ParameterDeclarations.Read(cell.Source).Keys.ToHashSet()
            : [];
        if (declared.Contains(RunListName))
            return [new(RunListName, string.Join(',', runs))];
        if (s_pairNames.All(declared.Contains))
            return runs.Count == 2
                ? [new(s_pairNames[0], runs[0]), new(s_pairNames[1], runs[1])]
                : throw CreateError(runs, "two, --run FIRST --run SECOND");
        if (Array.Find(s_singleRunNames, declared.Contains) is not { } name)
            throw CreateError(runs, "none");
        return runs.Count == 1 ? [new(name, runs[0])] : throw CreateError(runs, "one");
    }

    private static ParameterException CreateError(IReadOnlyList<string> runs, string right) =>
        new($"--run: {runs.Count} given ({string.Join(", ", runs)}); the notebook takes {right}");
}
