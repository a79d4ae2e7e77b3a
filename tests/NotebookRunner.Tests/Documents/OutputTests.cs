using System.Text.Json.Nodes;
using MemoryWall.Charts;
using MemoryWall.NotebookRunner.Commands;
using MemoryWall.NotebookRunner.Documents;
using MemoryWall.NotebookRunner.Parameters;
using MemoryWall.NotebookRunner.Tests.Execution;
using static MemoryWall.NotebookRunner.Tests.Notebooks;

namespace MemoryWall.NotebookRunner.Tests.Documents;

/// <summary>What the runner's commands write over: only what they made, and never what they read.</summary>
public sealed class OutputTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Save_Marked_IsKnownUntilItIsEdited()
    {
        var path = _folder.File("nb.ipynb");
        var notebook = Document(Code("1", "parameters"), Executed("2", Stream("\"memwall_sha256\": \"x\"")));

        notebook.Save(path, marked: true);
        Assert.True(PageMark.IsOnNotebook(path));
        NotebookDocument.Load(path).Save(path, marked: true);
        Assert.True(PageMark.IsOnNotebook(path));

        var edited = File.ReadAllText(path).Replace("parameters", "parametera", StringComparison.Ordinal);
        File.WriteAllText(path, edited);
        Assert.False(PageMark.IsOnNotebook(path));
        NotebookDocument.Load(path).Save(path);
        Assert.DoesNotContain("memwall_sha256\": \"0", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.False(PageMark.IsOnNotebook(path));
    }

    [Fact]
    public void Save_NotebookThatHasTheKeyElsewhere_ChangesNothingThere()
    {
        var path = _folder.File("nb.ipynb");
        var output = new JsonObject { ["memwall_sha256"] = "short", ["next"] = "kept" };
        var notebook = Document(Executed("1", Data(("application/json", output))));
        notebook.Metadata["zone"] = new JsonObject { ["memwall_sha256"] = new string('0', 64) };

        notebook.Save(path, marked: true);

        Assert.True(PageMark.IsOnNotebook(path));
        var saved = JsonNode.Parse(File.ReadAllText(path))!;
        Assert.True(JsonNode.DeepEquals(output, saved["cells"]![0]!["outputs"]![0]!["data"]!["application/json"]));
        Assert.Equal(new string('0', 64), (string?)saved["metadata"]!["zone"]!["memwall_sha256"]);
    }

    [Fact]
    public void Check_InputOrForeignFile_IsRefused()
    {
        var foreign = _folder.Write("mine.html", "<p>mine");
        var page = _folder.Write("page.html", PageMark.Html);
        var input = _folder.Write("a.ipynb", Json());

        Assert.Contains("reads", Assert.Throws<ParameterException>(() => NamedOutput.Check(input, [input], _ => true)).Message);
        Assert.Contains("--force", Assert.Throws<ParameterException>(() => NamedOutput.Check(foreign, [input], PageMark.IsOn)).Message);
        NamedOutput.Check(page, [input], PageMark.IsOn);
        NamedOutput.Check(_folder.File("new.html"), [input], PageMark.IsOn);
    }

    [Fact]
    public async Task Render_OverItsInputOrAForeignFile_ChangesNothing()
    {
        var input = _folder.Write("a.ipynb", Json(Prose("# Title")));
        var foreign = _folder.Write("mine.html", "<p>mine");
        var before = File.ReadAllText(input);
        foreach (var output in new[] { input, foreign })
        {
            using var runner = RunnerProcess.Start("render", input, "--output", output);
            Assert.Equal(RunnerExitCodes.Usage, await runner.ExitAsync());
        }
        Assert.Equal((before, "<p>mine"), (File.ReadAllText(input), File.ReadAllText(foreign)));
        using var forced = RunnerProcess.Start("render", input, "--output", foreign, "--force");
        Assert.Equal(0, await forced.ExitAsync());
        Assert.True(PageMark.IsOn(foreign));
    }
}
