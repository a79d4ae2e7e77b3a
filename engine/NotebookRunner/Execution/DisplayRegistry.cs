using System.Text.Json.Nodes;

namespace MemoryWall.NotebookRunner.Execution;

/// <summary>The outputs of displayed values of all cells, by id. An update changes a value where it was first shown.</summary>
internal sealed class DisplayRegistry
{
    private readonly Dictionary<string, (CellOutputs Cell, JsonObject Output)> _byId = new(StringComparer.Ordinal);

    public void Add(string id, CellOutputs cell, JsonObject output) => _byId[id] = (cell, output);

    public (CellOutputs Cell, JsonObject Output)? Find(string id) => _byId.TryGetValue(id, out var found) ? found : null;
}
