using MemoryWall.Notebooks.Views;
using MemoryWall.Reporting.Live;
using MemoryWall.Sweeps;

namespace MemoryWall.Notebooks.Live;

/// <summary>Running sweeps as an output of a cell: one picture without script, and lines of text where no picture is shown.</summary>
internal static class LiveView
{
    /// <summary>Draws the sweeps as they are now.</summary>
    /// <param name="systems">The sweeps.</param>
    /// <param name="results">How they ended; null while they run.</param>
    public static View Create(IReadOnlyList<LiveSystem> systems, IReadOnlyList<SweepResult>? results)
    {
        var (view, shown) = (new View(), new List<LiveSnapshot>());
        foreach (var (index, system) in systems.Index())
        {
            var ending = results?[index].Ending;
            if (system.Update(ending) is { } now)
                shown.Add(now);
            else if (ending is { } early)
                view.AddLine(LiveLine.DescribeEnding(early));
            else if (system.Tracker.PreparationStep is { } preparing)
                view.AddLine(preparing);
        }
        if (shown.Count > 0)
            view.AddPicture(LiveSvg.Render(shown, LiveLayout.Notebook),
                results is null ? string.Join('\n', SelectActive(shown).Select(LiveLine.Format)) : "");
        foreach (var now in shown)
        {
            if (results?.FirstOrDefault(result => result.RunId == now.Manifest.RunId) is { } result)
                view.AddLine(LiveLine.FormatEnding(now, result.Ending)).AddLine(LiveLine.FormatWayOn(now));
        }
        return view;
    }

    // Of systems in turn, the others only wait.
    private static IEnumerable<LiveSnapshot> SelectActive(List<LiveSnapshot> shown) =>
        shown.Where(now => now.Status == LiveStatus.Measuring).ToList() is { Count: > 0 } active ? active : shown;
}
