using System.Text.Json.Nodes;
using MemoryWall.Charts;

namespace MemoryWall.NotebookRunner.Documents;

/// <summary>A notebook in nbformat 4. It is read from any version 4.x and written as 4.5; unknown properties are kept.</summary>
internal sealed class NotebookDocument
{
    /// <summary>The maximum size of a notebook file.</summary>
    public const int MaximumBytes = 256 << 20;

    private readonly JsonObject _root;
    private readonly List<NotebookCell> _cells;

    private NotebookDocument(JsonObject root)
    {
        _root = root;
        _cells = root["cells"]!.AsArray().Select(cell => new NotebookCell(cell!.AsObject())).ToList();
        if ((int)root["nbformat_minor"]! < 5)
            root["nbformat_minor"] = 5;
        CellIds.AssignMissing(_cells);
    }

    public IReadOnlyList<NotebookCell> Cells => _cells;

    public JsonObject Metadata => _root["metadata"]!.AsObject();

    /// <exception cref="NotebookException">The file cannot be read or is not a notebook.</exception>
    public static NotebookDocument Load(string path)
    {
        var bytes = BoundedFile.Read(path, MaximumBytes);
        try
        {
            return Parse(bytes);
        }
        catch (NotebookException error)
        {
            throw new NotebookException($"'{path}' is not a valid notebook: {error.Message}");
        }
    }

    /// <exception cref="NotebookException">The text is not a notebook.</exception>
    public static NotebookDocument Parse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        return new(NotebookValidator.Validate(StrictJson.Parse(utf8)));
    }

    /// <summary>Inserts a code cell.</summary>
    public NotebookCell InsertCode(int index, string wantedId, string source, string tag)
    {
        var cell = new NotebookCell(new JsonObject
        {
            ["cell_type"] = "code",
            ["execution_count"] = null,
            ["id"] = CellIds.FindFree(_cells, wantedId),
            ["metadata"] = new JsonObject { ["tags"] = new JsonArray(tag) },
            ["outputs"] = new JsonArray(),
            ["source"] = MultilineText.Write(source),
        });
        _root["cells"]!.AsArray().Insert(index, cell.Node);
        _cells.Insert(index, cell);
        return cell;
    }

    /// <summary>Removes the cells with a tag.</summary>
    public void RemoveTagged(string tag)
    {
        var removed = _cells.Where(cell => cell.HasTag(tag)).Select(cell => cell.Node).ToHashSet<JsonNode?>();
        _root["cells"]!.AsArray().RemoveAll(removed.Contains);
        _cells.RemoveAll(cell => removed.Contains(cell.Node));
    }

    /// <summary>The notebook as Jupyter and VS Code write it: names in order, so that saving it there changes nothing.</summary>
    public string ToJson() => StrictJson.Write(Sort(_root)!) + "\n";

    /// <summary>Saves the notebook atomically.</summary>
    /// <exception cref="NotebookException">The file cannot be written.</exception>
    public void Save(string path) => Save(path, marked: false);

    /// <summary>Saves the notebook atomically, with or without the mark that this program made the file.</summary>
    /// <exception cref="NotebookException">The file cannot be written.</exception>
    public void Save(string path, bool marked) =>
        BoundedFile.ReplaceAtomically(path, PageMark.WriteNotebook(Metadata, ToJson, marked));

    private static JsonNode? Sort(JsonNode? node) => node switch
    {
        JsonObject entries => new JsonObject(
            entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => KeyValuePair.Create(entry.Key, Sort(entry.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sort)]),
        _ => node?.DeepClone(),
    };
}
