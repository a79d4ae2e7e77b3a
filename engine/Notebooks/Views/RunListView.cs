using MemoryWall.Charts;
using MemoryWall.Store;

namespace MemoryWall.Notebooks.Views;

/// <summary>Stored runs.</summary>
internal static class RunListView
{
    public static View Of(IEnumerable<RunSummary> runs)
    {
        var all = runs.ToList();
        return all.Count == 0 ? new View().Line("No run is stored yet.") : new View().Table(new TextTable(
            [new("run", IsNumber: false), new("target", IsNumber: false), new("model", IsNumber: false), new("contexts", IsNumber: false), new("trials"), new("completed")],
            [.. all.Select(run => (IReadOnlyList<string>)[run.Id, run.Manifest?.Target.Kind ?? run.Problem ?? Say.Absent, run.Manifest?.Target.Model ?? Say.Absent,
                run.Manifest is { } manifest ? string.Join(", ", manifest.Plan.Contexts) : Say.Absent, Say.Tokens(run.Trials), Say.Tokens(run.Completed)])]));
    }
}
