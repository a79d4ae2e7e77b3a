namespace MemoryWall.NotebookRunner.Documents;

/// <summary>Removes the outputs of a run from a notebook, so that a repository contains only its text and code.</summary>
internal static class NotebookStripper
{
    /// <summary>The outputs of a run, one line per cell; empty for a clean notebook.</summary>
    public static IReadOnlyList<string> FindLeftovers(NotebookDocument notebook)
    {
        var found = new List<string>();
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
            if (left.Count > 0)
                found.Add($"cell {i + 1} has {string.Join(", ", left)}");
        }
        return found;
    }

    public static void Strip(NotebookDocument notebook)
    {
        foreach (var injected in notebook.Cells.Where(cell => cell.HasTag(NotebookCell.InjectedTag)).ToList())
            notebook.Remove(injected);
        foreach (var cell in notebook.Cells)
        {
            cell.Node["metadata"]!.AsObject().Remove("execution");
            if (!cell.IsCode)
                continue;
            cell.Outputs.Clear();
            cell.ExecutionCount = null;
        }
    }
}
