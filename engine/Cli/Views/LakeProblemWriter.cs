using MemoryWall.Cli.Host;
using MemoryWall.Lake.Files;
using MemoryWall.Reporting.Phrases;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>What a lake contains and was not read.</summary>
internal static class LakeProblemWriter
{
    private const int MaxNamed = 20;

    /// <summary>Writes a line for each.</summary>
    /// <returns>The exit code: a file that could not be read is an error, one that does not belong there is not.</returns>
    public static int Write(IAnsiConsole console, IReadOnlyList<LakeProblem> problems)
    {
        foreach (var problem in problems.OrderByDescending(problem => problem.LosesRuns).Take(MaxNamed))
            console.WriteLine(LakePhrases.FormatProblem(problem.Path, problem.Reason));
        if (LakePhrases.FormatFurtherProblems(problems.Count - MaxNamed) is { } further)
            console.WriteLine(further);
        return problems.Any(problem => problem.LosesRuns) ? ExitCodes.Store : ExitCodes.Success;
    }
}
