using MemoryWall.Dashboard.Observation;
using MemoryWall.Reporting.Live;
using MemoryWall.Runs.Files;

namespace MemoryWall.Dashboard.Tests;

/// <summary>Runs that are read while something is wrong with their files.</summary>
public class ObservationTests
{
    private const string Id = "20260131-142530-aaaaaaaa";

    [Fact]
    public async Task Read_AManifestThatIsALink_IsAProblemOfThatRun()
    {
        await using var folder = new DashboardFolder();
        folder.AddRun(Id, 2);
        folder.AddRun("20260131-142531-bbbbbbbb", 2);
        // A file of a run is a regular file, and never a link to another one.
        var manifest = Path.Combine(folder.Runs, Id, RunFiles.Manifest);
        File.Move(manifest, manifest + ".moved");
        File.CreateSymbolicLink(manifest, manifest + ".moved");
        var observatory = new RunObservatory(folder.Runs, TimeProvider.System);

        var (rows, _) = new RunCatalog(observatory).List(0, "");

        Assert.Equal([false, true], rows.Select(row => row.Problem is not null));
        Assert.Throws<StoreException>(() => observatory.Read(Id));
    }

    [Fact]
    public async Task Read_ARunFromElsewhereInAFolderOfAnotherName_IsFoundByItsId()
    {
        await using var folder = new DashboardFolder();
        await using var elsewhere = new DashboardFolder();
        elsewhere.AddRun(Id, 2);
        var renamed = Path.Combine(elsewhere.Runs, "run");
        Directory.Move(Path.Combine(elsewhere.Runs, Id), renamed);
        var options = DashboardOptions.Parse(["--runs", folder.Runs, "--run", Id, "--folder", Id, renamed]);

        var observatory = new RunObservatory(options.RunsFolder, TimeProvider.System, options.Folders);

        Assert.Equal((Id, renamed), observatory.Find(Id));
        Assert.Equal(Id, observatory.ReadWhole(Id).Manifest.RunId);
    }

    [Fact]
    public async Task Read_WithoutAFeedWhileItIsWritten_IsNotStopped()
    {
        await using var folder = new DashboardFolder();
        folder.AddRun(Id, 2);
        var observatory = new RunObservatory(folder.Runs, TimeProvider.System);
        await using (new FileStream(Path.Combine(folder.Runs, Id, RunFiles.Lock), FileMode.Create, FileAccess.Write, FileShare.None))
            Assert.Equal(LiveStatus.Silent, observatory.Read(Id).Status);
        await Task.Delay(200, TestContext.Current.CancellationToken);

        Assert.Equal(LiveStatus.Stopped, observatory.Read(Id).Status);
    }
}
