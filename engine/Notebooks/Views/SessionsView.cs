using MemoryWall.Analysis.Sessions;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks.Views;

/// <summary>Systems that serve conversations, and forecasts of caches: the tables and the conclusions.</summary>
internal static class SessionsView
{
    public static View Create(SessionReport report, bool withTurns = true) => AddTo(new View(), report, withTurns);

    /// <summary>Adds the tables and sentences to a view.</summary>
    public static View AddTo(View view, SessionReport report, bool withTurns = true)
    {
        view.AddTable(SessionTables.Create(report)).AddLine(SessionPhrases.Legend);
        if (withTurns && SessionTables.CreateTurns(report) is { } turns)
            view.AddTable(turns);
        if (SessionTables.CreateBreakEven(report) is { } breakEven)
            view.AddTable(breakEven);
        if (SessionTables.CreateAnswers(report) is { } answers)
            view.AddTable(answers);
        return view.AddItems(SessionPhrases.FormatAll(report));
    }

    /// <summary>A forecast.</summary>
    public static View Create(SessionForecast forecast, string heading, string source) =>
        new View().AddLine(heading).AddLine(source).AddTable(SessionForecastTable.Create(forecast))
            .AddLine(SessionForecastPhrases.FormatAssumptions(forecast)).AddTable(SessionTables.CreateBreakEven(forecast.BreakEvens,
                forecast.Caches.Select(cache => cache.Storage).OfType<StorageSize>().FirstOrDefault()?.BytesPerSecond, "storage"))
            .AddItems(SessionForecastPhrases.Format(forecast));
}
