using MemoryWall.Models.Paged;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>The forecast of a paged cache as text.</summary>
internal static class PagedReportWriter
{
    public static void Write(IAnsiConsole console, PagedForecast forecast)
    {
        console.WriteLine(PagedPhrases.FormatHeading(forecast));
        TerminalTable.Write(console, PagedTables.CreateParts(forecast));
        console.WriteLine(PagedPhrases.FormatTokens(forecast));
        TerminalTable.Write(console, PagedTables.CreateRows(forecast));
        if (PagedPhrases.FormatMixed(forecast) is { } mixed)
            console.WriteLine(mixed);
        console.WriteLine(PagedPhrases.FormatEstimate(forecast));
    }
}
