using MemoryWall.Analysis.Sessions;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>How systems serve conversations, as text: the tables and the conclusions.</summary>
internal static class SessionReportWriter
{
    public static void Write(IAnsiConsole console, SessionReport report)
    {
        if (report.Systems.All(system => system.Levels.Count == 0))
            return;
        TerminalTable.Write(console, SessionTables.Create(report));
        console.WriteLine(SessionPhrases.Legend);
        if (SessionTables.CreateTurns(report) is { } turns)
            TerminalTable.Write(console, turns);
        if (SessionTables.CreateBreakEven(report) is { } breakEven)
            TerminalTable.Write(console, breakEven);
        if (SessionTables.CreateAnswers(report) is { } answers)
            TerminalTable.Write(console, answers);
        foreach (var sentence in SessionPhrases.FormatAll(report))
            console.WriteLine($"• {sentence}");
    }
}
