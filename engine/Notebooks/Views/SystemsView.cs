using MemoryWall.Analysis.Reports;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks.Views;

/// <summary>Systems under one memory limit: the table and the conclusions.</summary>
internal static class SystemsView
{
    public static View Create(SystemsReport comparison) =>
        new View().AddTable(SystemsTable.Create(comparison)).AddItems(comparison.Verdicts.Select(VerdictPhrases.Format)
            .Concat(comparison.Differences.Select(ComparisonPhrases.Differences).OfType<string>()));
}
