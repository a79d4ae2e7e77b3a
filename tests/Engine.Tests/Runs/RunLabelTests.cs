using System.Text;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Labels;

namespace MemoryWall.Engine.Tests.Runs;

/// <summary>Labels, notes and the archive change no fact of a run, and a run is removed only as a whole and only where nobody writes
/// it.</summary>
public sealed class RunLabelTests
{
    private const string Id = "20260131-142530-7f3a91c2";
    private const string Hostile = "=1+1 <b>\"x\"</b> \u202E\u0007\n../é😀";

    [Fact]
    public void Manifest_LabelAndNote_AreReadBack()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        store.Create(StoreSamples.Manifest() with { Label = Hostile, Note = "n" }).Dispose();

        var manifest = store.Read(Id).Manifest;

        Assert.Equal((Hostile, "n"), (manifest.Label, manifest.Note));
    }

    [Fact]
    public void ChangeLabel_StoredRun_ChangesNoOtherFile()
    {
        using var root = new TemporaryRoot();
        var store = Create(root, trials: 1);
        var before = Hashes(root);

        store.ChangeLabel(Id[..10], known => known with { Label = Hostile, Note = "why" });
        store.ChangeLabel(Id, known => known with { IsArchived = true });

        var run = store.Read(Id);
        Assert.Equal((Hostile, "why"), (run.Manifest.Label, run.Manifest.Note));
        Assert.Empty(run.ReadWarnings);
        Assert.Equal(before, Hashes(root).Where(file => file.Key != RunFiles.Label));
    }

    [Fact]
    public void ChangeLabel_WhileTheRunIsWritten_TheWriterGoesOn()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        using var writer = store.Create(StoreSamples.Manifest());
        store.ChangeLabel(Id, known => known with { Label = "now" });
        writer.AppendTrial(StoreSamples.Trial(1), []);
        Assert.Equal(("now", 1), (store.Read(Id).Manifest.Label, store.Read(Id).Trials.Count));
    }

    [Fact]
    public void List_ArchivedRun_OnlyWhereItIsAskedFor()
    {
        using var root = new TemporaryRoot();
        var store = Create(root, trials: 1);
        store.ChangeLabel(Id, known => known with { IsArchived = true });
        Assert.Empty(store.List());
        Assert.True(Assert.Single(store.List(withArchived: true)).IsArchived);
        Assert.Single(store.Read(Id).Trials);
        store.ChangeLabel(Id, known => known with { IsArchived = false });
        Assert.Single(store.List());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"label\": 7}")]
    [InlineData("{\"label\": \"x\"")]
    public void Read_FileThatIsNoLabel_TheManifestsOwnIsUsedWithAWarning(string text)
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        store.Create(StoreSamples.Manifest() with { Label = "first" }).Dispose();
        File.WriteAllText(root.File(Id, RunFiles.Label), text);

        var run = store.Read(Id);

        Assert.Equal("first", run.Manifest.Label);
        Assert.Contains(run.ReadWarnings, warning => warning.StartsWith("label.json", StringComparison.Ordinal));
    }

    [Fact]
    public void Parse_TextOfAnyLength_IsTrimmedAndBounded()
    {
        Assert.Null(RunLabel.ParseLabel("  "));
        Assert.Equal("a b", RunLabel.ParseLabel(" a b "));
        Assert.Equal(80, RunLabel.ParseLabel(new string('x', 80))!.Length);
        Assert.Contains("81 characters", Assert.Throws<FormatException>(() => RunLabel.ParseLabel(new string('x', 81))).Message,
            StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => RunLabel.ParseNote(new string('x', 2001)));
    }

    [Fact]
    public void Remove_Run_RemovesItsFolderAndNoOther()
    {
        using var root = new TemporaryRoot();
        var store = Create(root, trials: 2);
        store.Create(StoreSamples.Manifest("20260201-000000-cccc")).Dispose();

        store.Remove(Id);

        Assert.Equal(["20260201-000000-cccc"], Directory.EnumerateDirectories(root.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Remove_FolderWithTheUsersOwnFiles_LeavesThem()
    {
        using var root = new TemporaryRoot();
        var store = Create(root, trials: 1);
        File.WriteAllText(root.File(Id, "notes.txt"), "mine");
        File.WriteAllText(root.File(Id, "server.log"), "");
        Directory.CreateDirectory(root.File(Id, "figures"));

        var error = Assert.Throws<StoreException>(() => store.Remove(Id));

        Assert.Contains("figures, notes.txt", error.Message, StringComparison.Ordinal);
        Assert.Equal(["figures", "notes.txt"],
            Directory.EnumerateFileSystemEntries(Path.Combine(root.Path, Id)).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Remove_RunThatIsMeasured_IsRefusedAndComplete()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        using var writer = store.Create(StoreSamples.Manifest());
        writer.AppendTrial(StoreSamples.Trial(1), []);

        Assert.Contains("being measured", Assert.Throws<StoreException>(() => store.Remove(Id)).Message, StringComparison.Ordinal);

        writer.AppendTrial(StoreSamples.Trial(2), []);
        Assert.Equal(2, store.Read(Id).Trials.Count);
    }

    [Fact]
    public void Remove_FolderThatIsNoRun_IsRefused()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        var folder = Directory.CreateDirectory(Path.Combine(root.Path, "photos")).FullName;
        File.WriteAllText(Path.Combine(folder, "one.jpg"), "");
        Assert.Throws<StoreException>(() => store.Remove("photos"));
        Assert.True(File.Exists(Path.Combine(folder, "one.jpg")));
    }

    [Fact]
    public void Remove_LinkToARunElsewhere_IsRefused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        using var root = new TemporaryRoot();
        var elsewhere = Create(root, trials: 1);
        var other = Directory.CreateDirectory(Path.Combine(root.Path, "other")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(other, Id), Path.Combine(elsewhere.Root, Id));

        Assert.Contains("link", Assert.Throws<StoreException>(() => new RunStore(other).Remove(Id)).Message, StringComparison.Ordinal);

        Assert.Single(elsewhere.Read(Id).Trials);
    }

    private static RunStore Create(TemporaryRoot root, int trials)
    {
        var store = new RunStore(root.Path);
        using var writer = store.Create(StoreSamples.Manifest());
        for (var number = 1; number <= trials; number++)
            writer.AppendTrial(StoreSamples.Trial(number), []);
        return store;
    }

    private static Dictionary<string, string> Hashes(TemporaryRoot root) => Directory.EnumerateFiles(Path.Combine(root.Path, Id))
        .ToDictionary(path => Path.GetFileName(path), path => Encoding.Latin1.GetString(File.ReadAllBytes(path)));
}
