using MemoryWall.Analysis.Machines;
using MemoryWall.Analysis.Reports;
using MemoryWall.Lake;
using MemoryWall.Lake.Files;
using MemoryWall.Runs;

namespace MemoryWall.Engine.Tests.Lake;

/// <summary>What a lake says of machines is what its runs say, but for what needs their telemetry.</summary>
public sealed class LakeMachinesTests : IDisposable
{
    private readonly LakeRig _lake = new();

    public void Dispose() => _lake.Dispose();

    [Fact]
    public async Task Read_RunsOnTheirOwnAndPacked_AreThoseOfTheStore()
    {
        foreach (var number in new[] { 9, 3, 6 })
            await _lake.AddNewAsync(number, trials: 4);
        var expected = new[] { 3, 6, 9 }.Select(number => FromStore(_lake.Store, LakeRig.IdOf(number))).ToList();

        AssertSame(expected, await ReadAsync());
        await _lake.CompactAsync();
        AssertSame(expected, await ReadAsync());
        // A run that is added again is there once, in its new state.
        await _lake.AddAsync(_lake.Grow(6, trials: 2));
        expected[1] = FromStore(_lake.Store, LakeRig.IdOf(6));
        AssertSame(expected, await ReadAsync());
    }

    /// <summary>A sample with a wall: trials that completed, that ran out of memory, and the conclusion.</summary>
    [Fact]
    public async Task Read_ASampleWithAWall_HasTheWall()
    {
        Assert.SkipWhen(Repository.Root is null, "the tests run outside the repository");
        var folder = Directory.GetDirectories(Path.Combine(Repository.Root, "data", "samples", "wall-no-swap")).Single();
        await _lake.AddAsync(folder);

        var run = Assert.Single(await ReadAsync());

        AssertSame([FromStore(new RunStore(Path.GetDirectoryName(folder)!), Path.GetFileName(folder))], [run]);
        Assert.NotNull(run.Wall.BeyondTokens);
        Assert.NotNull(run.Wall.Beyond);
        Assert.Contains(run.Trials, trial => trial.Outcome == "out_of_memory");
    }

    [Fact]
    public async Task Read_ADamagedFile_IsNamedAndTheOthersAreRead()
    {
        foreach (var number in new[] { 3, 6 })
            await _lake.AddNewAsync(number);
        var file = _lake.Folder.List(LakeFolder.Runs).Files.Single(file => ((RunFileName)file.Name).Version.RunId == LakeRig.IdOf(6));
        var path = _lake.Folder.PathOf("trials", file);
        // The file of another table has none of the columns.
        File.Copy(_lake.Folder.PathOf("tokens", file), path, overwrite: true);

        var (runs, problems) = await LakeMachines.ReadAsync(_lake.Folder, TestContext.Current.CancellationToken);

        Assert.Equal(LakeRig.IdOf(3), Assert.Single(runs).Manifest.RunId);
        var problem = Assert.Single(problems);
        Assert.True(problem.LosesRuns);
        Assert.Equal(path, problem.Path);
    }

    [Fact]
    public async Task Read_AnEmptyLake_HasNoRuns() => Assert.Empty(await ReadAsync());

    private async Task<IReadOnlyList<MachineRun>> ReadAsync()
    {
        var (runs, problems) = await LakeMachines.ReadAsync(_lake.Folder, TestContext.Current.CancellationToken);
        Assert.Empty(problems);
        return runs;
    }

    private static MachineRun FromStore(RunStore store, string id) => MachineRun.FromReport(RunReport.Create(store.Read(id)));

    private static void AssertSame(IReadOnlyList<MachineRun> expected, IReadOnlyList<MachineRun> actual)
    {
        Assert.Equal(expected.Select(run => run.Manifest.RunId), actual.Select(run => run.Manifest.RunId));
        foreach (var (one, other) in expected.Zip(actual))
        {
            Assert.NotEmpty(one.Trials);
            // A point in time is a number of the file, exact to 100 ns.
            Assert.Equal(one.Trials.Select(trial => trial with { JoulesPerToken = null, Mbu = null, At = null }),
                other.Trials.Select(trial => trial with { At = null }));
            Assert.All(one.Trials.Zip(other.Trials), pair => Assert.Equal(pair.First.At is null, pair.Second.At is null));
            Assert.All(one.Trials.Zip(other.Trials), pair => Assert.InRange((long)(pair.First.At - pair.Second.At ?? 0), -1, 1));
            Assert.Equal(one.Wall, other.Wall);
            Assert.Equal(one.Manifest.Machine.CpuModel, other.Manifest.Machine.CpuModel);
            Assert.False(other.HasTelemetry);
        }
    }
}
