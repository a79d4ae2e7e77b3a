using MemoryWall.Reporting.Tables;
using MemoryWall.Runs;

namespace MemoryWall.Notebooks.Views;

/// <summary>Stored runs.</summary>
internal static class RunListView
{
    public static View Create(IEnumerable<RunSummary> runs)
    {
        var all = runs.ToList();
        if (all.Count == 0)
            return new View().AddLine("No run is stored yet.");
        var view = RunListTable.Create(all, now: null) is { } table ? new View().AddTable(table) : new View();
        return view.AddItems(RunListTable.FormatProblems(all));
    }
}
