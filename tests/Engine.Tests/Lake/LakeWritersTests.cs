using System.Diagnostics;
using MemoryWall.Lake;
using MemoryWall.Lake.Files;

namespace MemoryWall.Engine.Tests.Lake;

/// <summary>Many processes add to one lake and are killed.</summary>
public sealed class LakeWritersTests
{
    private const string RootVariable = "MEMWALL_TEST_LAKE_ROOT";
    private const int Runs = 24;
    private const int Writers = 4;

    /// <summary>The child's work: it adds all runs in an order of its own and compacts in between, until it is killed or done.</summary>
    [Fact(Explicit = true)]
    public async Task Child_AddsRuns()
    {
        var root = Environment.GetEnvironmentVariable(RootVariable);
        Assert.SkipWhen(root is null, "runs only as the child process of another test");
        var folders = Directory.GetDirectories(Path.Combine(root!, "runs"));
        new Random(Environment.ProcessId).Shuffle(folders);
        var lake = new LakeFolder(Path.Combine(root!, "it's a lake"));
        foreach (var (i, folder) in folders.Index())
        {
            await LakeWriter.AddAsync(lake.Root, folder, TestContext.Current.CancellationToken);
            if (i % 8 == 7)
                await LakeCompactor.CompactAsync(lake, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    [LongFact]
    public async Task Add_ByProcessesThatAreKilled_LeavesEveryRunOnce()
    {
        using var lake = new LakeRig();
        for (var number = 1; number <= Runs; number++)
            lake.CreateRun(number);
        var random = new Random(1);
        for (var round = 0; round < 2; round++)
        {
            var children = Enumerable.Range(0, Writers).Select(_ => StartChild(lake.Root)).ToList();
            // One is killed while it writes, or before; the last round ends by itself.
            await Task.Delay(random.Next(700, 1500), TestContext.Current.CancellationToken);
            foreach (var child in round == 0 ? children : children[..1])
                child.Kill();
            foreach (var child in children)
            {
                using (child)
                    await child.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
        }
        // What a scheduler does with tasks that failed.
        foreach (var folder in Directory.GetDirectories(lake.Store.Root))
            await lake.AddAsync(folder);

        var expected = Enumerable.Range(1, Runs).Select(LakeRig.IdOf).ToList();
        Assert.Equal(expected, await lake.ListRunsAsync());
        Assert.Equal(3L * Runs, (await lake.QueryAsync("SELECT count(*) FROM trials")).Rows[0][0]);
        await lake.CompactAsync();
        Assert.Equal(expected, await lake.ListRunsAsync());
        Assert.Equal(6L * Runs, (await lake.QueryAsync("SELECT count(*) FROM tokens")).Rows[0][0]);
    }

    private static Process StartChild(string root)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "MemoryWall.Engine.Tests" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        var start = new ProcessStartInfo(program,
            ["-method", $"{typeof(LakeWritersTests).FullName}.{nameof(Child_AddsRuns)}", "-explicit", "only", "-noLogo"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[RootVariable] = root;
        start.Environment["MEMWALL_TESTS_TURN"] = "1";
        var child = Process.Start(start)!;
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        return child;
    }
}
