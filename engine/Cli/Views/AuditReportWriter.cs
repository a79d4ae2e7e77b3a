using MemoryWall.Audit;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>An audited file as text: the tool that wrote it, and the reasons to doubt it.</summary>
internal static class AuditReportWriter
{
    private const int MaxDoubtsOfARule = 5;

    public static void Write(IAnsiConsole console, AuditedFile file)
    {
        console.WriteLine(AuditPhrases.FormatHeading(file));
        foreach (var note in file.Notes)
            console.WriteLine($"  note: {WordFormat.SingleLine(note)}");
        foreach (var failure in AuditPhrases.FormatFailures(file))
            console.WriteLine($"  {failure}");
        foreach (var line in AuditPhrases.FormatLog(file))
            console.WriteLine($"  log: {line}");
        foreach (var rule in file.Doubts.GroupBy(doubt => doubt.Rule))
        {
            foreach (var doubt in rule.Take(MaxDoubtsOfARule))
                console.WriteLine($"  {AuditPhrases.FormatDoubt(doubt)}");
            if (rule.Count() > MaxDoubtsOfARule)
                console.WriteLine($"  {rule.Key}: {WordFormat.Count(rule.Count() - MaxDoubtsOfARule, "more record")}");
            console.WriteLine($"    see {rule.First().Origin.Issue}: {rule.First().Origin.Summary}");
        }
    }
}
