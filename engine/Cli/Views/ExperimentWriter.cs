using MemoryWall.Experiments;
using MemoryWall.Experiments.Execution;
using MemoryWall.Experiments.State;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Experiments as text.</summary>
internal static class ExperimentWriter
{
    /// <summary>Writes a plan: cells, those that are left out, what it reaches, and its time.</summary>
    public static void WritePlan(IAnsiConsole console, ExperimentPlan plan, ExperimentEta eta)
    {
        console.WriteLine(ExperimentPhrases.DescribePlan(plan));
        if (ExperimentTables.CreatePlan(plan, eta.Estimate) is { } cells)
            TerminalTable.Write(console, cells);
        WriteLeftOut(console, plan);
        console.WriteLine(ExperimentPhrases.DescribeReached(ExperimentPlanner.ListReached(plan)));
        console.WriteLine(ExperimentPhrases.DescribeTime(eta.Estimate(plan.Cells)));
    }

    /// <summary>Writes the cells that are left out; nothing where there is none.</summary>
    public static void WriteLeftOut(IAnsiConsole console, ExperimentPlan plan)
    {
        if (ExperimentPhrases.DescribeLeftOut(plan) is not { } sentence)
            return;
        console.WriteLine(sentence);
        if (ExperimentTables.CreateLeftOut(plan) is { } table)
            TerminalTable.Write(console, table);
    }

    /// <summary>Writes where the cells stand, and why some failed.</summary>
    public static void WriteStatus(IAnsiConsole console, ExperimentPlan plan, IReadOnlyList<CellStatus> cells)
    {
        TerminalTable.Write(console, ExperimentTables.CreateStatus(plan, cells));
        console.WriteLine(ExperimentPhrases.Summarize(plan.Name, cells));
        foreach (var line in ExperimentPhrases.DescribeFailures(cells))
            console.WriteLine(line);
    }
}
