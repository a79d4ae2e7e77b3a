using MemoryWall.Analysis.Trends;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Writes a figure over runs: the runs with their values, the stretches between changes, and what is concluded.</summary>
internal static class TrendWriter
{
    private const int MaxShownRuns = 40;

    /// <summary>Writes a trend.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="trend">The trend.</param>
    /// <param name="leftOut">What was not compared, as a sentence; null for nothing.</param>
    public static void Write(IAnsiConsole console, RunTrend trend, string? leftOut)
    {
        console.WriteLine(TrendPhrases.FormatHeading(trend));
        TerminalTable.Write(console, TrendTable.CreateRuns(trend, MaxShownRuns));
        foreach (var note in new[] { TrendTable.FormatOmitted(trend, MaxShownRuns), leftOut }.OfType<string>())
            console.WriteLine(note);
        if (trend.Changes.Count > 0)
            TerminalTable.Write(console, TrendTable.CreateStretches(trend));
        foreach (var sentence in TrendPhrases.Format(trend))
            console.WriteLine(sentence);
    }
}
