using MemoryWall.NotebookRunner.Documents;

namespace MemoryWall.NotebookRunner.Parameters;

/// <summary>Finds the parameters of a notebook that name its runs, so that a caller does not need to know them.</summary>
internal static class RunParameters
{
    private static readonly string[] s_singleRunNames = ["run", "runName", "sample"];

    private static readonly string[] s_pairNames = ["first", "second"];

    private static readonly string[] s_furtherRunNames = ["kvRuns"];

    private const string RunListName = "runNames";
    private const string SweepName = "runName";

    /// <summary>The parameters that make the notebook show these runs; empty without runs.</summary>
    /// <exception cref="ParameterException">The notebook needs another number of runs.</exception>
    public static IReadOnlyList<Parameter> ForRuns(NotebookDocument notebook, IReadOnlyList<string> runs)
    {
        if (runs.Count == 0)
            return [];
        var declared = notebook.Cells.LastOrDefault(cell => cell.IsCode && cell.HasTag(NotebookCell.ParametersTag)) is { } cell
            ? ParameterDeclarations.Read(cell.Source).Keys.ToHashSet()
            : [];
        // A page of findings is about a sweep and the systems compared with it; with one run, all of it is about that run.
        if (declared.Contains(RunListName) && declared.Contains(SweepName))
            return [new(SweepName, runs[0]), new(RunListName, string.Join(',', runs.Count == 1 ? runs : runs.Skip(1)))];
        if (declared.Contains(RunListName))
            return [new(RunListName, string.Join(',', runs))];
        if (s_pairNames.All(declared.Contains))
            return runs.Count == 2
                ? [new(s_pairNames[0], runs[0]), new(s_pairNames[1], runs[1])]
                : throw CreateError(runs, "two, --run FIRST --run SECOND");
        if (!s_singleRunNames.Any(declared.Contains))
            throw CreateError(runs, "none");
        // Figures of further runs would be about the samples otherwise.
        return runs.Count == 1
            ? [.. s_singleRunNames.Concat(s_furtherRunNames).Where(declared.Contains).Select(name => new Parameter(name, runs[0]))]
            : throw CreateError(runs, "one");
    }

    private static ParameterException CreateError(IReadOnlyList<string> runs, string right) =>
        new($"--run: {runs.Count} given ({string.Join(", ", runs)}); the notebook takes {right}");
}
