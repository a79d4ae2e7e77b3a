using MemoryWall.Core.Files;

namespace MemoryWall.Cli.Tests;

/// <summary>Where notebooks and samples lie, in a checkout as in an installed program.</summary>
public sealed class ProgramFilesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("memwall-program-files-");

    public void Dispose() => _folder.Delete(recursive: true);

    private string Install(string name)
    {
        var root = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.Combine(root, "data", "samples", "kv-f16", "run"));
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(root, "notebooks")).FullName, "load.csx"), "");
        return root;
    }

    [Fact]
    public void FindAbove_PartOfAnInstalledProgram_IsItsRoot()
    {
        var root = Install("tool");
        var part = Directory.CreateDirectory(Path.Combine(root, "notebook-runner")).FullName;

        Assert.Equal([root, root], new[] { root, part }.Select(ProgramFiles.FindAbove));
        Assert.Null(ProgramFiles.FindAbove(_folder.FullName));
    }

    // A copy of the loader among a reader's own notebooks brings no samples.
    [Fact]
    public void FindAbove_NotebooksWithoutSamples_AreNoRoot()
    {
        var root = Install("own");
        Directory.Delete(Path.Combine(root, "data"), recursive: true);

        Assert.Null(ProgramFiles.FindAbove(Path.Combine(root, "notebooks")));
    }

    [Fact]
    public void HoldsSample_OnlyBelowTheSamples()
    {
        var root = Install("tool");

        Assert.True(ProgramFiles.HoldsSample(Path.Combine(root, "data", "samples", "kv-f16", "run")));
        Assert.False(ProgramFiles.HoldsSample(Path.Combine(root, "data", "samples")));
        Assert.False(ProgramFiles.HoldsSample(Directory.CreateDirectory(Path.Combine(root, "data", "runs")).FullName));
        Assert.False(ProgramFiles.HoldsSample(_folder.FullName));
    }

    [Fact]
    public void Resolve_NamesOfTheProgramsFiles_AreFoundAnywhere()
    {
        var own = Path.Combine("data", "traces", "example-conversation.jsonl");
        var resolved = ProgramFiles.Resolve(own);

        Assert.True(File.Exists(resolved), resolved);
        Assert.Equal("nosuch/file", ProgramFiles.Resolve("nosuch/file"));
        Assert.Equal(_folder.FullName, ProgramFiles.Resolve(_folder.FullName));
    }
}
