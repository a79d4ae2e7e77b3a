namespace MemoryWall.NotebookRunner.Documents;

/// <summary>Removes the outputs of a run from a notebook, and what an editor added, so that a repository contains only its text and
/// code.</summary>
internal static class NotebookStripper
{
    // Editors add them to a cell when its language was changed by hand, and for versions before 2022.
    private static readonly string[] s_editorEntries = ["vscode", "dotnet_interactive"];

    /// <summary>The outputs of a run, one line per cell; empty for a clean notebook.</summary>
    public static IReadOnlyList<string> FindLeftovers(NotebookDocument notebook)
    {
        var found = new List<string>();
        if (!EditorForm.Has(notebook))
            found.Add("its metadata is not in the form of VS Code's extension");
        for (var i = 0; i < notebook.Cells.Count; i++)
        {
            var cell = notebook.Cells[i];
            var left = new List<string>();
            if (cell.HasTag(NotebookCell.InjectedTag))
                left.Add("injected parameters");
            if (cell.IsCode && cell.Outputs.Count > 0)
                left.Add("outputs");
            if (cell.IsCode && cell.ExecutionCount is not null)
                left.Add("an execution count");
            if (cell.Node["metadata"]!.AsObject().ContainsKey("execution"))
                left.Add("execution times");
            if (s_editorEntries.Any(cell.Node["metadata"]!.AsObject().ContainsKey))
                left.Add("entries of an editor");
            if (left.Count > 0)
                found.Add($"cell {i + 1} has {string.Join(", ", left)}");
        }
        return found;
    }

    public static void Strip(NotebookDocument notebook)
    {
        EditorForm.Apply(notebook);
        notebook.RemoveTagged(NotebookCell.InjectedTag);
        foreach (var cell in notebook.Cells)
        {
            var metadata = cell.Node["metadata"]!.AsObject();
            metadata.Remove("execution");
            foreach (var entry in s_editorEntries)
                metadata.Remove(entry);
            if (!cell.IsCode)
                continue;
            cell.Outputs.Clear();
            cell.ExecutionCount = null;
        }
    }
}
