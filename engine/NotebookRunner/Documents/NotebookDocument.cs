using System.Text.Json.Nodes;

namespace MemoryWall.NotebookRunner.Documents;

/// <summary>A notebook of nbformat 4. Read from any 4.x, written as 4.5; what the runner does not know is kept as it was.</summary>
internal sealed class NotebookDocument
{
    /// <summary>The largest file that is read.</summary>
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

    /// <exception cref="NotebookException">It cannot be read or is no notebook.</exception>
    public static NotebookDocument Load(string path)
    {
        var bytes = BoundedFile.Read(path, MaximumBytes);
        try
        {
            return Parse(bytes);
        }
        catch (NotebookException error)
        {
            throw new NotebookException($"'{path}' is no notebook that can be used: {error.Message}");
        }
    }

    /// <exception cref="NotebookException">It is no notebook.</exception>
    public static NotebookDocument Parse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.StartsWith("\uFEFF"u8))
            utf8 = utf8[3..];
        return new(NotebookValidator.Validate(StrictJson.Parse(utf8)));
    }

    /// <summary>Puts a code cell at this index.</summary>
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

    public void Remove(NotebookCell cell)
    {
        _root["cells"]!.AsArray().Remove(cell.Node);
        _cells.Remove(cell);
    }

    public string ToJson() => StrictJson.Write(_root) + "\n";

    /// <summary>Writes it whole or not at all: who reads the file meanwhile sees the one before.</summary>
    /// <exception cref="NotebookException">It cannot be written.</exception>
    public void Save(string path) => BoundedFile.ReplaceAtomically(path, ToJson());
}
