using MemoryWall.Analysis.Reports;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Memory walls as text: each finding with its trials and evidence, then all walls in one table.</summary>
internal static class WallReportWriter
{
    public static void Write(IAnsiConsole console, IReadOnlyList<RunReport> walls)
    {
        foreach (var run in walls)
        {
            console.WriteLine();
            console.WriteLine(WallEvidencePhrases.FormatHeading(run.Manifest));
            console.WriteLine(WallPhrases.Format(run.WallVerdict));
            TerminalTable.Write(console, WallTable.CreateRegimes(run));
            if (run.Trials.Any(view => view.Trial.SkippedPromptTokens > 0))
                console.WriteLine(WallEvidencePhrases.SyntheticNote);
            foreach (var line in WallEvidencePhrases.FormatReadings(run))
                console.WriteLine(line);
        }
        if (walls.All(wall => wall.Wall.BeyondTokens is null))
            return;
        TerminalTable.Write(console, WallTable.CreatePositions(walls));
        TerminalTable.Write(console, WallTable.CreateTimes(walls));
    }
}
