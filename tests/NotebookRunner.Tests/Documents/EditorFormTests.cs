using System.Text.Json.Nodes;
using MemoryWall.NotebookRunner.Documents;

namespace MemoryWall.NotebookRunner.Tests.Documents;

/// <summary>
/// The committed notebooks are as VS Code saves them, so that opening one does not modify it. The rules are those of VS Code's serializer
/// of notebooks and of the extension for .NET notebooks (dotnet/interactive, notebookControllers.ts and metadataUtilities.ts).
/// </summary>
public sealed class EditorFormTests
{
    public static TheoryData<string> Files => new(Directory.GetFiles(Folder(), "*.ipynb").Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Files))]
    public void Notebook_AsCommitted_IsWhatVsCodeWrites(string file)
    {
        var notebook = NotebookDocument.Load(file);
        Assert.Equal(File.ReadAllText(file), notebook.ToJson());
        Assert.True(EditorForm.Has(notebook));
        Assert.All(notebook.Cells, cell =>
        {
            // The extension gives each code cell the name of its kernel, and removes it from text.
            Assert.Equal(cell.IsCode ? "csharp" : null, cell.KernelName);
            Assert.False(cell.Node["metadata"]!.AsObject().ContainsKey("vscode"));
        });
    }

    [Fact]
    public void Strip_NotebookWithEntriesOfTheEditor_RestoresTheForm()
    {
        var notebook = NotebookDocument.Load(Files.First().Data);
        notebook.Metadata["polyglot_notebook"]!["kernelInfo"]!["items"]!.AsArray().Add(new JsonObject { ["name"] = "javascript" });
        notebook.Cells[1].Node["metadata"]!["vscode"] = new JsonObject { ["languageId"] = "csharp" };
        Assert.Contains(NotebookStripper.FindLeftovers(notebook), line => line.Contains("VS Code", StringComparison.Ordinal));
        Assert.Contains(NotebookStripper.FindLeftovers(notebook), line => line.Contains("entries of an editor", StringComparison.Ordinal));
        NotebookStripper.Strip(notebook);
        Assert.Empty(NotebookStripper.FindLeftovers(notebook));
    }

    [Fact]
    public void ToJson_Names_AreInOrder() =>
        Assert.Equal(["cells", "metadata", "nbformat", "nbformat_minor"],
            JsonNode.Parse(Notebooks.Document(Notebooks.Prose("x")).ToJson())!.AsObject().Select(entry => entry.Key));

    private static string Folder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Analysis.sln")))
            folder = folder.Parent;
        return Path.Combine(folder.FullName, "notebooks");
    }
}
