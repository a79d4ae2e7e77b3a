using MemoryWall.Reporting.Tables;
using MemoryWall.Runs;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Stored runs as text.</summary>
internal static class RunListWriter
{
    public static void Write(IAnsiConsole console, IReadOnlyList<RunSummary> runs, DateTimeOffset now)
    {
        if (RunListTable.Create(runs, now) is { } table)
            TerminalTable.Write(console, table);
        foreach (var problem in RunListTable.FormatProblems(runs))
            console.WriteLine(problem);
    }
}
