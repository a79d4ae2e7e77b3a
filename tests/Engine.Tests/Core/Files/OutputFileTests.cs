using MemoryWall.Core.Files;
using MemoryWall.Engine.Tests.Runs;

namespace MemoryWall.Engine.Tests.Core.Files;

/// <summary>What a command may write over.</summary>
public sealed class OutputFileTests : IDisposable
{
    private readonly TemporaryRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void FindProblem_FileThatExists_IsReplacedOnlyWhereItMayBe()
    {
        var file = Write("a");
        Assert.Contains("--force", OutputFile.FindProblem(file, [], mayReplace: false), StringComparison.Ordinal);
        Assert.Null(OutputFile.FindProblem(file, [], mayReplace: true));
        Assert.Null(OutputFile.FindProblem(file + "2", [], mayReplace: false));
        Assert.Contains("folder", OutputFile.FindProblem(_root.Path, [], mayReplace: true), StringComparison.Ordinal);
    }

    [Fact]
    public void FindProblem_LinkToNothing_CountsAsAFile()
    {
        var link = Path.Combine(_root.Path, "link");
        File.CreateSymbolicLink(link, Path.Combine(_root.Path, "missing"));
        Assert.NotNull(OutputFile.FindProblem(link, [], mayReplace: false));
    }

    [Fact]
    public void FindProblem_AnInput_IsRefusedByAnyName()
    {
        var input = Write("in");
        var link = Path.Combine(_root.Path, "link");
        File.CreateSymbolicLink(link, input);
        var folder = Directory.CreateDirectory(Path.Combine(_root.Path, "run")).FullName;

        foreach (var output in new[] { input, Path.Combine(_root.Path, "run", "..", "in"), link })
            Assert.Contains("reads", OutputFile.FindProblem(output, [input], mayReplace: true), StringComparison.Ordinal);
        Assert.Contains("reads", OutputFile.FindProblem(Path.Combine(folder, "trials.csv"), [folder], mayReplace: true),
            StringComparison.Ordinal);
        Assert.Null(OutputFile.FindProblem(Path.Combine(_root.Path, "out"), [input, folder], mayReplace: true));
        Assert.Null(OutputFile.FindProblem(Path.Combine(_root.Path, "run2", "out"), [input, folder], mayReplace: true));
    }

    [Fact]
    public void FindProblem_AnywhereInAnInputFolder_IsRefused()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root.Path, "run", "deep")).Parent!.FullName;
        var link = Path.Combine(_root.Path, "link");
        Directory.CreateSymbolicLink(link, Path.Combine(folder, "deep"));

        foreach (var parent in new[] { Path.Combine(folder, "deep"), Path.Combine(folder, "new", "newer"), link })
            Assert.Contains("reads", OutputFile.FindProblem(Path.Combine(parent, "x"), [folder], mayReplace: true),
                StringComparison.Ordinal);
    }

    private string Write(string name)
    {
        var path = Path.Combine(_root.Path, name);
        File.WriteAllText(path, "x");
        return path;
    }
}
