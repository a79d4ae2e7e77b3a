using System.IO.Compression;
using MemoryWall.Core.Plan;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using MemoryWall.Runs.Files;

namespace MemoryWall.Engine.Tests.Runs;

/// <summary>Runs travel in zip files, whose content is data from elsewhere.</summary>
public sealed class RunArchiveTests : IDisposable
{
    private const string Id = "20260131-142530-7f3a91c2";

    private readonly TemporaryRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Read_WrittenArchive_GivesTheRunBack()
    {
        var store = Create("here", Id);
        var zip = Archive(Path.Combine(store.Root, Id));

        var run = Assert.Single(RunSources.Read(new RunStore(Path.Combine(_root.Path, "there")), [zip]));

        Assert.Equal(store.Read(Id).Trials, run.Trials);
        Assert.Empty(run.ReadWarnings);
    }

    [Theory]
    [InlineData("../../evil/run.json")]
    [InlineData("/etc/run.json")]
    [InlineData("..\\..\\evil\\run.json")]
    [InlineData("a/../../evil/run.json")]
    [InlineData("C:/evil/run.json")]
    [InlineData("con/run.json")]
    [InlineData("a/b/../run.json")]
    public void Extract_NameThatLeavesTheFolder_StaysInsideOrIsIgnored(string name)
    {
        var zip = Write((name, "{}"), ($"{Id}/run.json", "{}"), ($"{Id}/../evil.sh", "x"), ($"{Id}/evil.sh", "x"));
        var folder = Directory.CreateDirectory(Path.Combine(_root.Path, "deep", "er", "target")).FullName;

        RunArchive.Extract(zip, folder);

        Assert.All(Directory.EnumerateFiles(_root.Path, "*", SearchOption.AllDirectories).Where(path => path != zip), path =>
        {
            Assert.StartsWith(folder + Path.DirectorySeparatorChar, path, StringComparison.Ordinal);
            Assert.Equal("run.json", Path.GetFileName(path));
        });
    }

    [Fact]
    public void Extract_MoreBytesThanAllowed_IsRefused()
    {
        var zip = Write(($"{Id}/run.json", "{}"), ($"{Id}/server.log", new string('0', 1 << 20)));
        var folder = Directory.CreateDirectory(Path.Combine(_root.Path, "target")).FullName;
        var error = Assert.Throws<StoreException>(() => RunArchive.Extract(zip, folder, maxBytes: 1 << 19));
        Assert.Contains("larger than 524,288 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extract_TwoFilesOfOneName_AreRefused() => Assert.Throws<StoreException>(() => RunArchive.Extract(
        Write(($"a/{Id}/run.json", "{}"), ($"b/{Id}/run.json", "{}")), Directory.CreateDirectory(Path.Combine(_root.Path, "t")).FullName));

    [Theory]
    [InlineData("")]
    [InlineData("this is no zip file")]
    public void Read_FileThatIsNoArchive_IsRefused(string text)
    {
        var path = Path.Combine(_root.Path, "file.zip");
        File.WriteAllText(path, text);
        Assert.Throws<StoreException>(() => RunSources.Read(new RunStore(_root.Path), [path]));
    }

    [Fact]
    public void Read_ComparisonFolderOrRun_GivesItsRunsOnce()
    {
        var comparison = new ComparisonPlan { Id = "c20260131-000000-aaaa", Shared = StoreSamples.Manifest().Plan };
        var store = new RunStore(Path.Combine(_root.Path, "runs"));
        store.Create(StoreSamples.Manifest("20260131-000001-bbbb") with { Comparison = comparison }).Dispose();
        store.Create(StoreSamples.Manifest("20260131-000000-cccc") with { Comparison = comparison }).Dispose();
        store.Create(StoreSamples.Manifest("20260201-000000-dddd")).Dispose();

        Assert.Equal(2, RunSources.Read(store, ["c2026"]).Count);
        Assert.Equal(3, RunSources.Read(store, [store.Root]).Count);
        Assert.Equal(["20260201-000000-dddd"],
            RunSources.Read(store, ["20260201", Path.Combine(store.Root, "20260201-000000-dddd")]).Select(run => run.Manifest.RunId));
        Assert.Throws<StoreException>(() => RunSources.Read(store, ["c3"]));
        Assert.Throws<StoreException>(() => RunSources.Read(store, ["./nowhere"]));
    }

    [Theory]
    [InlineData("../../escaped/x")]
    [InlineData("/etc/x")]
    [InlineData("")]
    public void Read_ManifestWhoseIdIsAPath_TakesTheIdOfItsFolder(string id)
    {
        var manifest = Path.Combine(Create("here", Id).Root, Id, RunFiles.Manifest);
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace($"\"{Id}\"", $"\"{id}\"", StringComparison.Ordinal));
        var zip = Archive(Path.GetDirectoryName(manifest)!);

        Assert.Equal(Id, Assert.Single(RunSources.Read(new RunStore(_root.Path), [zip])).Manifest.RunId);
    }

    [Fact]
    public void Read_FolderWithAnArchivedAndADamagedRun_LeavesNoneOutInSilence()
    {
        var store = Create("here", Id);
        store.ChangeLabel(Id, label => label with { IsArchived = true });
        Directory.CreateDirectory(Path.Combine(store.Root, "reports"));
        Assert.Single(RunSources.Read(store, [store.Root]));

        store.Create(StoreSamples.Manifest("20260201-000000-dddd")).Dispose();
        File.WriteAllText(Path.Combine(store.Root, "20260201-000000-dddd", RunFiles.Manifest), "{");

        var error = Assert.Throws<StoreException>(() => RunSources.Read(store, [store.Root + "/"]));
        Assert.Contains("20260201-000000-dddd", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ComparisonWithADamagedRun_NamesIt()
    {
        var comparison = new ComparisonPlan { Id = "c20260131-000000-aaaa", Shared = StoreSamples.Manifest().Plan };
        var store = new RunStore(Path.Combine(_root.Path, "runs"));
        store.Create(StoreSamples.Manifest("20260131-000001-bbbb") with { Comparison = comparison }).Dispose();
        store.Create(StoreSamples.Manifest("20260131-000000-cccc") with { Comparison = comparison }).Dispose();
        var manifest = Path.Combine(store.Root, "20260131-000001-bbbb", RunFiles.Manifest);
        File.WriteAllText(manifest, File.ReadAllText(manifest).TrimEnd().TrimEnd('}'));

        Assert.Contains("bbbb", Assert.Throws<StoreException>(() => RunSources.Read(store, ["c2026"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Adopt_RunsOfAnArchive_AreAddedOnce()
    {
        var zip = Archive(Path.Combine(Create("here", Id).Root, Id));
        var store = new RunStore(Path.Combine(_root.Path, "there"));

        Assert.Equal([Id], Import(store, zip));
        Assert.Empty(Import(store, zip));
        Assert.Equal(2, store.Read(Id).Trials.Count);
    }

    private static IReadOnlyList<string> Import(RunStore store, string zip)
    {
        var folder = Directory.CreateDirectory(Path.Combine(store.Root, ".import-" + Path.GetRandomFileName())).FullName;
        RunArchive.Extract(zip, folder);
        return store.Adopt(folder);
    }

    private RunStore Create(string folder, string id)
    {
        var store = new RunStore(Path.Combine(_root.Path, folder));
        using var writer = store.Create(StoreSamples.Manifest(id));
        writer.AppendTrial(StoreSamples.Trial(1), StoreSamples.Marks(1));
        writer.AppendTrial(StoreSamples.Trial(2), []);
        return store;
    }

    private string Archive(string run)
    {
        var path = Path.Combine(_root.Path, "runs.zip");
        using var file = File.Create(path);
        RunArchive.Write(file, [run]);
        return path;
    }

    private string Write(params (string Name, string Text)[] entries)
    {
        var path = Path.Combine(_root.Path, "hostile.zip");
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, text) in entries)
        {
            using var writer = new StreamWriter(archive.CreateEntry(name).Open());
            writer.Write(text);
        }
        return path;
    }
}
