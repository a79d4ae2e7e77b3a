using MemoryWall.Core;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;

namespace MemoryWall.Cli.Pages;

/// <summary>The runs of conversations that a study shows: what was measured last.</summary>
internal static class SessionRuns
{
    /// <summary>The systems of the newest run with conversations; none where there is no such run, or it cannot be read.</summary>
    /// <param name="store">The runs of this machine.</param>
    public static IReadOnlyList<Run> FindLatest(RunStore store)
    {
        try
        {
            var known = store.List().Where(run => run is { Manifest.Plan.Sessions: not null, Completed: > 0 }).ToList();
            if (known.Count == 0)
                return [];
            var comparison = known[0].Manifest!.Comparison?.Id;
            // In the order in which the systems were named.
            return [.. known.Where(run => run == known[0] || comparison is not null && run.Manifest!.Comparison?.Id == comparison).Reverse()
                .Select(run => store.Read(run.Id))];
        }
        catch (StoreException)
        {
            return [];
        }
    }
}
