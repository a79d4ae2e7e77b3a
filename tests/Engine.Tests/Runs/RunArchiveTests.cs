using System.IO.Compression;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
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

    /// <summary>Each entry of a bundle is damaged, removed, added or turned into something else.</summary>
    [Theory]
    [InlineData("change", "run.json", "damaged on its way")]
    [InlineData("change", "tokens.csv", "damaged on its way")]
    [InlineData("change", "SHA256SUMS", "list of checksums was damaged")]
    [InlineData("change", "SHA256SUMS.sha256", "list of checksums was damaged")]
    [InlineData("remove", "tokens.csv", "tokens.csv is missing")]
    [InlineData("remove", "SHA256SUMS", "is missing")]
    [InlineData("remove", "SHA256SUMS.sha256", "list of checksums was damaged")]
    [InlineData("add", Id + "/telemetry.csv", "a file without a checksum")]
    [InlineData("add", "../" + Id + "/run.json", "a file without a checksum")]
    [InlineData("add", "evil.sh", "a file without a checksum")]
    [InlineData("add", Id + "/run.json", "two files of one name")]
    [InlineData("link", "tokens.csv", "is a link")]
    public void Extract_BundleThatDiffersFromItsChecksums_IsRefused(string how, string name, string reason)
    {
        var zip = Archive(Path.Combine(Create("here", Id).Root, Id));
        using (var archive = ZipFile.Open(zip, ZipArchiveMode.Update))
        {
            var entry = archive.Entries.FirstOrDefault(entry => entry.Name == name && how != "add");
            if (how == "link")
                entry!.ExternalAttributes = unchecked((int)0xA1FF0000);
            else if (how != "add")
                entry!.Delete();
            if (how is "change" or "add")
            {
                using var writer = new StreamWriter(archive.CreateEntry(entry?.FullName ?? name).Open());
                writer.Write("{}");
            }
        }

        var error = Assert.Throws<StoreException>(() => RunSources.Read(new RunStore(_root.Path), [zip]));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extract_WithAndWithoutChecksums_SaysWhich()
    {
        var zip = Archive(Path.Combine(Create("here", Id).Root, Id));

        Assert.True(RunArchive.Extract(zip, Directory.CreateDirectory(Path.Combine(_root.Path, "a")).FullName));
        Assert.False(RunArchive.Extract(Write(($"{Id}/run.json", "{}")),
            Directory.CreateDirectory(Path.Combine(_root.Path, "b")).FullName));
    }

    [Fact]
    public void Extract_FileThatUnpacksToAThousandTimesItsSize_IsRefused()
    {
        var zip = Path.Combine(_root.Path, "bomb.zip");
        using (var archive = ZipFile.Open(zip, ZipArchiveMode.Create))
        using (var stream = archive.CreateEntry($"{Id}/tokens.csv", CompressionLevel.SmallestSize).Open())
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 70; i++)
                stream.Write(zeros);
        }
        Assert.True(new FileInfo(zip).Length < 200_000);

        var error = Assert.Throws<StoreException>(() =>
            RunArchive.Extract(zip, Directory.CreateDirectory(Path.Combine(_root.Path, "t")).FullName));

        Assert.Contains("300 times as large", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Adopt_ARunThatTravelledAndCameBack_IsTheSame()
    {
        var store = Create("here", Id);
        using (var writer = store.Resume(Id))
            writer.AppendEvent(new RunEvent(new(9), "note", "see '/home/ana/runs/x.log'"));
        store.ChangeLabel(Id, label => label with { Label = "my own" });

        Assert.Empty(Import(store, Archive(Path.Combine(store.Root, Id))));
    }

    [Fact]
    public void Adopt_AnotherRunOfAKnownId_IsRefusedAndAddsNothing()
    {
        var there = Create("there", Id);
        using (var writer = there.Resume(Id))
            writer.AppendTrial(StoreSamples.Trial(3), []);
        there.Create(StoreSamples.Manifest("20260201-000000-dddd")).Dispose();
        var path = Path.Combine(_root.Path, "two.zip");
        using (var file = File.Create(path))
            RunArchive.Write(file, there.ListRunIds().Select(id => (id, Path.Combine(there.Root, id))));
        var here = Create("here", Id);

        var error = Assert.Throws<StoreException>(() => Import(here, path));

        Assert.Contains($"'{Id}' with other content", error.Message, StringComparison.Ordinal);
        Assert.Equal([Id], here.ListRunIds());
        Assert.Equal(2, here.Read(Id).Trials.Count);
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

    [Fact]
    public void Write_ARunWithPathsOfItsMachine_LeavesThemOut()
    {
        const string Home = "/home/ana maria/models";
        var store = new RunStore(Path.Combine(_root.Path, "here"));
        var manifest = StoreSamples.Manifest(Id);
        manifest = manifest with
        {
            Plan = manifest.Plan with { Target = $"embedded:{Home}/m.gguf", DocumentPath = @"C:\Users\ana\text.txt" },
            Target = manifest.Target with { Model = "/srv/models/m.gguf" },
            Notes = ["the disk of /home/ana/runs is slow"],
        };
        using (var writer = store.Create(manifest))
        {
            writer.AppendTrial(StoreSamples.Trial(1) with { Outcome = new Refused(500, "failed to open '/home/ana/m.gguf'") }, []);
            writer.AppendEvent(new RunEvent(new(1), "note", $"load '{Home}/m.gguf': /proc/self/status, 3 tokens/s"));
            using var log = writer.OpenServerLog();
            log.WriteLine($"loading {Home}/m.gguf for ana");
        }

        var zip = Archive(Path.Combine(store.Root, Id));
        var all = new System.Text.StringBuilder();
        using (var archive = ZipFile.OpenRead(zip))
        {
            Assert.DoesNotContain(archive.Entries, entry => entry.Name.StartsWith("server.log", StringComparison.Ordinal));
            foreach (var entry in archive.Entries)
            {
                using var reader = new StreamReader(entry.Open());
                all.Append(reader.ReadToEnd());
            }
        }
        Assert.DoesNotContain("/home", all.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("/srv", all.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Users", all.ToString(), StringComparison.Ordinal);
        var run = Assert.Single(RunSources.Read(new RunStore(Path.Combine(_root.Path, "there")), [zip]));
        Assert.Equal(("embedded:m.gguf", "text.txt", "m.gguf"),
            (run.Manifest.Plan.Target, run.Manifest.Plan.DocumentPath, run.Manifest.Target.Model));
        Assert.Contains("failed to open 'm.gguf'", run.Trials[0].Outcome.Detail, StringComparison.Ordinal);
        Assert.Empty(run.ReadWarnings);
        Assert.True(MemoryWall.Analysis.RunDifferences.AreOfOneModel(run.Manifest, manifest));
    }

    [Theory]
    [InlineData("load /home/ana/m.gguf failed", "load m.gguf failed")]
    [InlineData("cannot open '/home/ana maria/m.gguf': no such file", "cannot open 'm.gguf': no such file")]
    [InlineData(@"cannot open C:\Users\ana\m.gguf", "cannot open m.gguf")]
    [InlineData("file:///home/ana/m.gguf", "file://m.gguf")]
    [InlineData("12 tokens/s of http://127.0.0.1:8080/v1/completions", "12 tokens/s of http://127.0.0.1:8080/v1/completions")]
    [InlineData("POST /v1/completions and /proc/meminfo and/or ~/x", "POST /v1/completions and /proc/meminfo and/or ~/x")]
    [InlineData("the tier in /mnt/nvme/tier/ is full", "the tier in tier is full")]
    [InlineData("load /home/ana maria/m.gguf failed", "load m.gguf failed")]
    [InlineData("load /home/ana maria/.cache/my model.gguf failed", "load my model.gguf failed")]
    [InlineData(@"load C:\Users\John Smith\m.gguf failed", "load m.gguf failed")]
    [InlineData("copy /mnt/a/x.gguf to /srv/b/y.gguf at 3 tokens/s", "copy x.gguf to y.gguf at 3 tokens/s")]
    [InlineData("see /mnt/a/x.gguf or 12 tokens/s, 3/4.5", "see x.gguf or 12 tokens/s, 3/4.5")]
    public void Clean_AText_LosesFoldersAndNothingElse(string text, string expected) => Assert.Equal(expected, ArchiveText.Clean(text));

    [Theory]
    [InlineData("/home/ana maria", "the folder /home/ana maria/runs is slow", "the folder runs is slow")]
    [InlineData("/home/ana maria", "the folder /home/ana maria is slow", "the folder /~ is slow")]
    [InlineData(@"C:\Users\John Smith", @"the folder C:\Users\John Smith\runs is slow", "the folder runs is slow")]
    public void Clean_TheHomeOfThisUser_IsLeftOut(string home, string text, string expected) =>
        Assert.Equal(expected, ArchiveText.Clean(text, home));

    [Fact]
    public void Clean_NamesOfPropertiesAndLabels_LoseFolders()
    {
        Assert.Equal("""{"m.gguf":1,"m.gguf (2)":2}""", ArchiveText.CleanJsonLine("""{"/home/ana/m.gguf":1,"/srv/ana/m.gguf":2}"""));
        Assert.DoesNotContain("ana", ArchiveText.CleanLabel("""{"note":"as /home/ana/m.gguf"}"""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"label":"\ud800","note":"as /home/ana/m.gguf"}""")]
    [InlineData("""{"note":1,"note":"as /home/ana/m.gguf"}""")]
    [InlineData("""{"note":"as /home/ana/m.gguf" """)]
    public void Clean_JsonThatCannotBeRead_LosesFoldersAllTheSame(string json)
    {
        Assert.DoesNotContain("ana", ArchiveText.CleanLabel(json), StringComparison.Ordinal);
        Assert.DoesNotContain("ana", ArchiveText.CleanManifest(json, "x"), StringComparison.Ordinal);
        Assert.Null(ArchiveText.CleanJsonLine(json));
    }

    [Fact]
    public void Read_LatestAndSamples_AreFoundEverywhere()
    {
        var store = new RunStore(Path.Combine(_root.Path, "runs"));
        Assert.Contains("samples/", Assert.Throws<StoreException>(() => RunSources.Read(store, ["latest"])).Message,
            StringComparison.Ordinal);
        store.Create(StoreSamples.Manifest("20260131-000001-bbbb")).Dispose();
        store.Create(StoreSamples.Manifest("20260201-000000-dddd")).Dispose();
        store.ChangeLabel("20260201", label => label with { IsArchived = true });

        using var named = RunSources.Open(store, ["latest", "samples/kv-f16", "kv-f16", "samples/kv-q8_0/"]);

        Assert.Equal(["20260131-000001-bbbb", null, null], named.Runs.Select(run => run.Sample is null ? run.Id : null));
        Assert.Equal([null, "samples/kv-f16", "samples/kv-q8_0"], named.Runs.Select(run => run.Sample));
        Assert.Contains("samples/kv-f16", Assert.Throws<StoreException>(() => RunSources.Read(store, ["samples/nosuch"])).Message,
            StringComparison.Ordinal);
        Assert.Equal("20260131-000001-bbbb", RunSources.FindOwn(store, "latest"));
        Assert.Equal("20260131-000001-bbbb", RunSources.FindOwn(store, Path.Combine(store.Root, "20260131-000001-bbbb") + "/"));
    }

    [Fact]
    public void Read_ARunNamedLikeASample_IsTheRun()
    {
        var store = Create("here", "kv-f16");

        Assert.Equal("kv-f16", Assert.Single(RunSources.Read(store, ["kv-f16"])).Manifest.RunId);
        Assert.Equal("kv-f16", RunSources.FindOwn(store, "kv-f16"));
    }

    [Theory]
    [InlineData("samples/kv-f16")]
    [InlineData("kv-f16")]
    [InlineData("data/samples/kv-f16")]
    public void FindOwn_ASample_IsRefused(string name)
    {
        if (name.StartsWith("data/", StringComparison.Ordinal))
            name = Path.Combine(Repository.Root!, name);
        var error = Assert.Throws<StoreException>(() => RunSources.FindOwn(new RunStore(_root.Path), name));

        Assert.Contains("samples stay as they are", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Store_ASample_IsNeitherChangedNorRemoved()
    {
        var store = new RunStore(Path.Combine(Repository.Root!, "data", "samples", "kv-f16"));
        var id = store.List().Single().Id;

        Assert.Throws<StoreException>(() => store.ChangeLabel(id, label => label with { Label = "x" }));
        Assert.Throws<StoreException>(() => store.Remove(id));
        Assert.Throws<StoreException>(() => store.Resume(id).Dispose());
        Assert.Single(store.List());
    }

    [Fact]
    public void FindOwn_AFileFromElsewhere_IsRefused()
    {
        var zip = Archive(Path.Combine(Create("here", Id).Root, Id));

        Assert.Contains("memwall runs import",
            Assert.Throws<StoreException>(() => RunSources.FindOwn(new RunStore(_root.Path), zip)).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> Import(RunStore store, string zip)
    {
        var folder = Directory.CreateDirectory(Path.Combine(store.Root, ".import-" + Path.GetRandomFileName())).FullName;
        RunArchive.Extract(zip, folder);
        return store.Adopt(folder, RunContent.AreSame);
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
        RunArchive.Write(file, [(Path.GetFileName(run), run)]);
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
