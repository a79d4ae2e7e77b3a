using System.Text.Json.Nodes;
using MemoryWall.NotebookRunner.Documents;

namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>
/// The sources of a page. Outputs contain them under <see cref="MimeType"/>; a file for the renderer has the same format. All parts are
/// optional:
/// <code>
/// { "runs":     ["20261125-004211-45d76b33"],
///   "machines": ["AMD EPYC, 2 cores, 23.5 GiB RAM, Debian GNU/Linux 12"],
///   "versions": { "engine": "0.1.0+cf78d026", "llama.cpp": "b6000" },
///   "inputs":   [{ "path": "data/samples/x/run.json", "sha256": "…" }] }
/// </code>
/// Several of them are merged without duplicates.
/// </summary>
internal sealed class Provenance
{
    public const string MimeType = "application/vnd.memwall.provenance+json";

    // A longer text is not a name of a source.
    private const int MaximumCharacters = 500;

    private readonly OrderedSet _runs = new();
    private readonly OrderedSet _machines = new();
    private readonly OrderedSet _versions = new();

    /// <summary>The parts with their titles; empty parts are omitted. Checksums of the input files stay in the notebook, where a program
    /// can compare them: a reader has no use for them.</summary>
    public IEnumerable<(string Name, IReadOnlyList<string> Entries)> Sections =>
        new[] { ("Runs", _runs), ("Machine", _machines), ("Versions", _versions) }
            .Where(part => part.Item2.Entries.Count > 0).Select(part => (part.Item1, (IReadOnlyList<string>)part.Item2.Entries));

    /// <summary>Adds a version, without the commit that some builds add after a plus sign.</summary>
    public void AddVersion(string name, string version) => _versions.Add($"{name} {version.Split('+')[0]}");

    /// <summary>Adds the sources in the notebook's outputs.</summary>
    public void AddFromOutputs(NotebookDocument notebook)
    {
        foreach (var cell in notebook.Cells.Where(cell => cell.IsCode))
            foreach (var output in cell.Outputs)
                if (output!["data"] is JsonObject data)
                    Add(data[MimeType]);
    }

    /// <exception cref="NotebookException">The file cannot be read or is not JSON.</exception>
    public void AddFile(string path)
    {
        var bytes = BoundedFile.Read(path, 4 << 20);
        try
        {
            Add(StrictJson.Parse(bytes));
        }
        catch (NotebookException error)
        {
            throw new NotebookException($"--provenance: '{path}' cannot be used: {error.Message}");
        }
    }

    /// <summary>Adds the parts that can be read and ignores all others.</summary>
    public void Add(JsonNode? node)
    {
        if (node is not JsonObject parts)
            return;
        foreach (var run in Texts(parts["runs"]))
            _runs.Add(run);
        foreach (var machine in Texts(parts["machines"]))
            _machines.Add(machine);
        if (parts["versions"] is JsonObject versions)
            foreach (var (name, version) in versions)
                if (Text(version) is { } known)
                    AddVersion(name, known);
    }

    private static IEnumerable<string> Texts(JsonNode? node) => (node as JsonArray ?? []).Select(Text).OfType<string>();

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length <= MaximumCharacters ? text : null;

    private sealed class OrderedSet
    {
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

        public List<string> Entries { get; } = [];

        public void Add(string entry)
        {
            if (_seen.Add(entry))
                Entries.Add(entry);
        }
    }
}
