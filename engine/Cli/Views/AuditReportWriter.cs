using MemoryWall.Audit;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>An audited file as text: the tool that wrote it, and the reasons to doubt it.</summary>
internal static class AuditReportWriter
{
    public static void Write(IAnsiConsole console, AuditedFile file)
    {
        console.WriteLine(AuditPhrases.FormatHeading(file));
        foreach (var note in file.Notes)
            console.WriteLine($"  note: {WordFormat.SingleLine(note)}");
        foreach (var doubt in file.Doubts)
        {
            console.WriteLine($"  {AuditPhrases.FormatDoubt(doubt)}");
            console.WriteLine($"    see {doubt.Origin.Issue}: {doubt.Origin.Summary}");
        }
    }
}
