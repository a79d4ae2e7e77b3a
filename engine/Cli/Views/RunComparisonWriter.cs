using MemoryWall.Analysis.Reports;
using MemoryWall.Core;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Two runs as text: their differences, then each quantity at each context with its ratio and verdict.</summary>
internal static class RunComparisonWriter
{
    public static void Write(IAnsiConsole console, RunManifest first, RunManifest second, Comparison comparison)
    {
        console.WriteLine($"first: run {first.RunId}, {first.Target.Kind} {WordFormat.SingleLine(first.Target.Model)}");
        console.WriteLine($"second: run {second.RunId}, {second.Target.Kind} {WordFormat.SingleLine(second.Target.Model)}");
        foreach (var difference in comparison.Differences)
            console.WriteLine($"differs: {ComparisonPhrases.Difference(difference)}");
        TerminalTable.Write(console, ComparisonTable.Create(comparison));
        foreach (var note in ComparisonPhrases.Notes(comparison))
            console.WriteLine(note);
    }
}
