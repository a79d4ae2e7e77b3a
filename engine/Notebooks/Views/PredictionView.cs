using MemoryWall.Analysis.Predictions;
using MemoryWall.Analysis.Reports;
using MemoryWall.Charts;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks.Views;

/// <summary>Predictions beside measurements.</summary>
internal static class PredictionView
{
    public static View Create(WorkPrediction prediction, double? guess) =>
        Create(PredictionPhrases.Format(prediction, guess), PredictionTables.Create(prediction));

    public static View Create(KvPrediction prediction, double? guess) =>
        Create(PredictionPhrases.Format(prediction, guess), PredictionTables.Create(prediction));

    public static View Create(CrossoverPrediction? prediction, double? guess) => Create(PredictionPhrases.Format(prediction, guess), null);

    public static View Create(IReadOnlyList<LimitPrediction> limits) =>
        AddTable(new View(), PredictionTables.Create(limits)).AddLine(PredictionPhrases.Explain(limits));

    public static View Create(IReadOnlyList<ChangePrediction> changes) =>
        AddTable(new View(), PredictionTables.Create(changes)).AddLine(PredictionPhrases.Explain(changes));

    public static View Create(ScaledPrediction scaled) =>
        AddTable(new View(), PredictionTables.Create(scaled)).AddItems(PredictionPhrases.Explain(scaled));

    public static View CreateWalls(IReadOnlyList<RunReport> runs) => new View().AddTable(PredictionTables.CreateWalls(runs));

    private static View Create(Explanation finding, TextTable? table)
    {
        var view = new View().AddFinding(finding.Key, finding.Headline, finding.Details);
        return table is null ? view : AddTable(view, table);
    }

    private static View AddTable(View view, TextTable table) => table.Rows.Count > 0 ? view.AddTable(table) : view;
}
