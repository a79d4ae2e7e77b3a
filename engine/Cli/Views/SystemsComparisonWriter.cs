using MemoryWall.Analysis.Reports;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>A comparison of systems on the terminal: the table, the conclusions and the runs.</summary>
internal static class SystemsComparisonWriter
{
    public static void Write(IAnsiConsole console, SystemsReport comparison)
    {
        // Preflight can have stopped every system.
        if (comparison.Systems.Count == 0)
            return;
        TerminalTable.Write(console, SystemsTable.Create(comparison));
        foreach (var verdict in comparison.Verdicts)
            console.WriteLine($"• {VerdictPhrases.Format(verdict)}");
        foreach (var difference in comparison.Differences.Select(ComparisonPhrases.Differences).OfType<string>())
            console.WriteLine(difference);
        console.WriteLine($"runs: {string.Join(", ", comparison.Systems.Select(system => $"{system.Name} {system.RunId}"))}");
    }
}
