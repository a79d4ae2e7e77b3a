using MemoryWall.Audit;
using MemoryWall.Reporting.Formats;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>An audited file as text: the tool that wrote it, and the reasons to doubt it.</summary>
internal static class AuditReportWriter
{
    public static void Write(IAnsiConsole console, AuditedFile file)
    {
        console.WriteLine($"{WordFormat.SingleLine(file.Name)}: {FormatSummary(file)}");
        foreach (var note in file.Notes)
            console.WriteLine($"  note: {WordFormat.SingleLine(note)}");
        foreach (var doubt in file.Doubts)
        {
            console.WriteLine($"  {doubt.Rule}: {WordFormat.SingleLine(doubt.Sentence)}");
            console.WriteLine($"    see {doubt.Origin.Issue}: {doubt.Origin.Summary}");
        }
    }

    private static string FormatSummary(AuditedFile file)
    {
        if (file.Tool is null)
            return "not audited";
        var doubts = file.Doubts.Count == 0 ? "no doubts" : CellFormat.Count(file.Doubts.Count, "doubt");
        return $"{file.Tool}, {CellFormat.Count(file.Records.Count, "record")}, {doubts}";
    }
}
