using MemoryWall.Models.Forecast;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks.Views;

/// <summary>Memory forecasts.</summary>
internal static class ForecastView
{
    public static View Create(ForecastTable table)
    {
        var view = new View().AddHeading(ForecastPhrases.FormatHeading(table)).AddTable(ForecastTables.Create(table.Rows));
        return table.Wall is { } wall ? AddWall(view, wall) : view;
    }

    public static View Create(IReadOnlyList<ForecastRow> rows) => new View().AddTable(ForecastTables.Create(rows));

    public static View Create(WallForecast wall) => AddWall(new View(), wall);

    private static View AddWall(View view, WallForecast wall) =>
        view.AddLine(ForecastPhrases.FormatWall(wall)).AddItems(wall.Moves.Select(ForecastPhrases.FormatMove));
}
