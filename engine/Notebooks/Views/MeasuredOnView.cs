using MemoryWall.Core;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks.Views;

/// <summary>The model, server, limits and machine that a page of findings is based on.</summary>
internal static class MeasuredOnView
{
    public static View Create(Run sweep, IReadOnlyList<Run> systems)
    {
        var view = new View();
        foreach (var (heading, table) in MeasuredOnTables.Create(sweep, systems))
            view.AddHeading(heading).AddTable(table);
        return view;
    }
}
