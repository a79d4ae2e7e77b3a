using MemoryWall.Analysis.Sessions;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>A forecast of caches as text.</summary>
internal static class SessionForecastWriter
{
    public static void Write(IAnsiConsole console, SessionForecast forecast, string heading, string source)
    {
        console.WriteLine(WordFormat.SingleLine(heading));
        console.WriteLine(WordFormat.SingleLine(source));
        TerminalTable.Write(console, SessionForecastTable.Create(forecast));
        console.WriteLine(SessionForecastPhrases.FormatAssumptions(forecast));
        var storage = forecast.Caches.Select(cache => cache.Storage).OfType<StorageSize>().FirstOrDefault();
        TerminalTable.Write(console, SessionTables.CreateBreakEven(forecast.BreakEvens, storage?.BytesPerSecond, "storage"));
        foreach (var finding in SessionForecastPhrases.Format(forecast))
            console.WriteLine($"• {finding}");
    }
}
