using MemoryWall.Models.Forecast;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>A forecast as text: the memory of each context, the memory wall, and what would move it.</summary>
internal static class ForecastReportWriter
{
    public static void Write(IAnsiConsole console, ForecastTable forecast, int? trainedTokens, bool withGigabytes = false)
    {
        console.WriteLine(ForecastPhrases.FormatHeading(forecast));
        if (ForecastPhrases.FormatUnknownArchitecture(forecast) is { } unknown)
            console.WriteLine(unknown);
        if (ForecastPhrases.FormatServer(forecast) is { } server)
            console.WriteLine(server);
        if (ForecastPhrases.FormatUnmatched(forecast) is { } unmatched)
            console.WriteLine(unmatched);
        TerminalTable.Write(console, ForecastTables.Create(forecast.Rows, withGigabytes));
        if (ForecastPhrases.FormatAllocation(forecast) is { } allocation)
            console.WriteLine(allocation);
        if (forecast.Compared is { } compared)
        {
            console.WriteLine(ForecastPhrases.FormatCompared(forecast));
            TerminalTable.Write(console, ForecastTables.CreateCompared(compared));
        }
        if (trainedTokens is { } trained && forecast.Rows.Any(row => row.ContextTokens > trained))
            console.WriteLine($"The model was trained for {NumberFormat.Tokens(trained)} tokens. Beyond them the memory forecast is valid, "
                + "but answers may be poor.");
        if (forecast.Wall is not { } wall)
            return;
        console.WriteLine(ForecastPhrases.FormatWall(wall));
        foreach (var move in wall.Moves)
            console.WriteLine($"• {ForecastPhrases.FormatMove(move)}");
    }
}
