using MemoryWall.NotebookRunner.Documents;

namespace MemoryWall.NotebookRunner.Tests.Documents;

public sealed class NotebookStripperTests
{
    [Fact]
    public void Apply_ExecutedNotebook_KeepsWhatPeopleWroteOnly()
    {
        var executed = Notebooks.Executed("1 + 1", Notebooks.Stream("2"));
        executed["metadata"]!["execution"] = "times";
        executed["metadata"]!["mine"] = "kept";
        var notebook = Notebooks.Document(Notebooks.Prose("# T"), Notebooks.Code("int n = 1;", "parameters"),
            Notebooks.Code("n = 2;", "injected-parameters"), executed);

        Assert.Equal(["cell 3 has injected parameters", "cell 4 has outputs, an execution count, execution times"],
            NotebookStripper.FindLeftovers(notebook));
        NotebookStripper.Strip(notebook);

        Assert.Empty(NotebookStripper.FindLeftovers(notebook));
        Assert.Equal(["# T", "int n = 1;", "1 + 1"], notebook.Cells.Select(cell => cell.Source));
        Assert.Equal("kept", (string)notebook.Cells[2].Node["metadata"]!["mine"]!);
    }
}
