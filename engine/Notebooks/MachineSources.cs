using MemoryWall.Analysis.Machines;
using MemoryWall.Lake;
using MemoryWall.Lake.Files;
using MemoryWall.Notebooks.Inputs;

namespace MemoryWall.Notebooks;

/// <summary>Runs that say something of machines.</summary>
/// <param name="Runs">The runs, in the order in which they were named.</param>
/// <param name="Problems">What is in a lake and was not read.</param>
internal sealed record MachineSources(IReadOnlyList<MachineRun> Runs, IReadOnlyList<string> Problems)
{
    /// <summary>Reads runs, zip files of runs and lakes.</summary>
    /// <exception cref="MemoryWall.Runs.Files.StoreException">One of them does not exist or cannot be read.</exception>
    public static MachineSources Read(string names)
    {
        var (runs, problems) = (new List<MachineRun>(), new List<string>());
        foreach (var name in MemoryWall.Notebooks.Runs.SplitNames(names))
        {
            if (FindLake(name) is { } lake)
            {
                var (found, left) = LakeMachines.ReadAsync(lake, CancellationToken.None).GetAwaiter().GetResult();
                runs.AddRange(found);
                problems.AddRange(left.Select(problem => $"{problem.Path}: {problem.Reason}."));
            }
            else
                runs.Add(MachineRun.FromReport(MemoryWall.Notebooks.Runs.GetReport(MemoryWall.Notebooks.Runs.Open(name))));
        }
        // A run that was named itself and is in a lake too counts once; its own files have more of it.
        return new MachineSources([.. runs.GroupBy(run => run.Manifest.RunId)
            .Select(same => same.FirstOrDefault(run => run.HasTelemetry) ?? same.First())], problems);
    }

    private static LakeFolder? FindLake(string name) => name.AsSpan().IndexOfAny('*', '?', '[') >= 0 ? null
        : new[] { Path.Combine(NotebookFolders.Data, name), Path.GetFullPath(name) }.Select(path => new LakeFolder(path))
            .FirstOrDefault(lake => lake.Exists);
}
