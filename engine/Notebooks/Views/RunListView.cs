using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Runs;

namespace MemoryWall.Notebooks.Views;

/// <summary>Stored runs.</summary>
internal static class RunListView
{
    public static View Create(IEnumerable<RunSummary> runs)
    {
        var all = runs.ToList();
        return all.Count == 0 ? new View().AddLine("No run is stored yet.") : new View().AddTable(new TextTable(
            [new("run", IsNumber: false), new("target", IsNumber: false), new("model", IsNumber: false), new("contexts", IsNumber: false),
                new("trials"), new("completed")],
            [.. all.Select(
                run => (IReadOnlyList<string>)[run.Id, run.Manifest?.Target.Kind ?? run.Problem ?? NumberFormat.Absent,
                    run.Manifest?.Target.Model ?? NumberFormat.Absent,
                run.Manifest is { } manifest ? string.Join(", ", manifest.Plan.Contexts) : NumberFormat.Absent,
                NumberFormat.Tokens(run.Trials), NumberFormat.Tokens(run.Completed)])]));
    }
}
