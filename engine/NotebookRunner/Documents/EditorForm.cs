using System.Text.Json.Nodes;

namespace MemoryWall.NotebookRunner.Documents;

/// <summary>
/// The metadata with which VS Code's extension for .NET notebooks saves a notebook. If it differs, the extension changes it when a notebook
/// is opened, and VS Code shows the notebook as modified. Jupyter ignores it.
/// </summary>
internal static class EditorForm
{
    /// <summary>The language of cells: with another one, the extension changes the language of every cell.</summary>
    public const string Language = "polyglot-notebook";

    /// <summary>The kernels of the pinned .NET Interactive that execute code, in the extension's order.</summary>
    public static readonly IReadOnlyList<(string Name, string[] Aliases, string? Language)> Kernels =
    [
        ("csharp", ["c#", "C#"], "C#"),
        ("fsharp", ["f#", "F#"], "F#"),
        ("html", [], "HTML"),
        ("http", [], "HTTP"),
        ("mermaid", [], "Mermaid"),
        ("pwsh", ["powershell"], "PowerShell"),
        ("value", [], null),
    ];

    /// <summary>Whether the metadata of a .NET notebook is in this form; other notebooks are as they are.</summary>
    public static bool Has(NotebookDocument notebook) => !IsDotNet(notebook)
        || (JsonNode.DeepEquals(notebook.Metadata["polyglot_notebook"], CreateKernelInfo())
            && notebook.Metadata["language_info"] is JsonObject language && JsonNode.DeepEquals(language["name"], Language));

    /// <summary>Gives a .NET notebook this metadata.</summary>
    public static void Apply(NotebookDocument notebook)
    {
        if (!IsDotNet(notebook))
            return;
        notebook.Metadata["polyglot_notebook"] = CreateKernelInfo();
        if (notebook.Metadata["language_info"] is not JsonObject language)
            notebook.Metadata["language_info"] = language = [];
        language["name"] = Language;
    }

    private static bool IsDotNet(NotebookDocument notebook) => notebook.Metadata["kernelspec"] is JsonObject kernel
        && kernel["name"] is JsonValue name && name.TryGetValue<string>(out var text) && text == ".net-csharp"
        && notebook.Metadata.ContainsKey("polyglot_notebook");

    private static JsonObject CreateKernelInfo() => new()
    {
        ["kernelInfo"] = new JsonObject
        {
            ["defaultKernelName"] = "csharp",
            ["items"] = new JsonArray([.. Kernels.Select(kernel =>
            {
                var item = new JsonObject { ["aliases"] = new JsonArray([.. kernel.Aliases.Select(alias => JsonValue.Create(alias))]) };
                if (kernel.Language is { } language)
                    item["languageName"] = language;
                item["name"] = kernel.Name;
                return item;
            })]),
        },
    };
}
