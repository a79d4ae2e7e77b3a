using System.Text.Json.Nodes;

namespace MemoryWall.NotebookRunner.Documents;

/// <summary>A view of one cell's JSON. What it does not name stays as it is.</summary>
internal sealed class NotebookCell(JsonObject node)
{
    /// <summary>The tag of the cell whose variables a caller can set.</summary>
    public const string ParametersTag = "parameters";

    /// <summary>The tag of the cell that sets these variables.</summary>
    public const string InjectedTag = "injected-parameters";

    public JsonObject Node { get; } = node;

    public bool IsCode => Type == "code";

    public bool IsMarkdown => Type == "markdown";

    public string Type => (string)Node["cell_type"]!;

    public string Source => MultilineText.Read(Node["source"]);

    public IEnumerable<string> Tags => Node["metadata"]?["tags"] is JsonArray tags ? tags.Select(tag => (string)tag!) : [];

    public JsonArray Outputs => Node["outputs"]!.AsArray();

    public int? ExecutionCount
    {
        get => (int?)Node["execution_count"];
        set => Node["execution_count"] = value;
    }

    /// <summary>The kernel of the cell; null for that of the notebook.</summary>
    public string? KernelName =>
        Text(Node["metadata"]?["polyglot_notebook"], "kernelName") ?? Text(Node["metadata"]?["dotnet_interactive"], "language");

    /// <summary>The error output of the cell; null if it has none.</summary>
    public JsonObject? Error =>
        IsCode ? Outputs.Select(output => output!.AsObject()).FirstOrDefault(output => (string)output["output_type"]! == "error") : null;

    public bool HasTag(string tag) => Tags.Contains(tag);

    private static string? Text(JsonNode? from, string name) =>
        from is JsonObject holder && holder[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
