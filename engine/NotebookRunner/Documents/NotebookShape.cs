using System.Text.Json.Nodes;

namespace MemoryWall.NotebookRunner.Documents;

/// <summary>Checks that a JSON document is a notebook of nbformat 4, so that nothing after it has to doubt, and fills in what may be left out.</summary>
internal static class NotebookShape
{
    private static readonly string[] s_cellTypes = ["code", "markdown", "raw"];

    private static readonly string[] s_outputTypes = ["stream", "display_data", "execute_result", "error"];

    /// <exception cref="NotebookException">It is none; the message names the place.</exception>
    public static JsonObject Check(JsonNode? document)
    {
        if (document is not JsonObject root)
            throw Wrong("the document", document, "an object");
        if (!IsWhole(root["nbformat"], out var major) || major != 4)
            throw Wrong("nbformat", root["nbformat"], "4");
        if (!IsWhole(root["nbformat_minor"], out var minor) || minor < 0)
            throw Wrong("nbformat_minor", root["nbformat_minor"], "a number, 5 in a notebook of today");
        Object(root, "metadata", "metadata");
        if (root["cells"] is not JsonArray cells)
            throw Wrong("cells", root["cells"], "a list");
        for (var i = 0; i < cells.Count; i++)
            CheckCell(cells[i], $"cells[{i}]");
        return root;
    }

    private static void CheckCell(JsonNode? node, string at)
    {
        if (node is not JsonObject cell)
            throw Wrong(at, node, "an object");
        if (!IsText(cell["cell_type"], out var type) || !s_cellTypes.Contains(type))
            throw Wrong($"{at}.cell_type", cell["cell_type"], "code, markdown or raw");
        Multiline(cell["source"], $"{at}.source");
        Object(cell, "metadata", $"{at}.metadata");
        if (cell["metadata"]!["tags"] is { } tags && (tags is not JsonArray list || !list.All(tag => IsText(tag, out _))))
            throw Wrong($"{at}.metadata.tags", tags, "a list of strings");
        if (type != "code")
            return;
        if (cell["execution_count"] is { } count && !IsWhole(count, out _))
            throw Wrong($"{at}.execution_count", count, "a number or null");
        if (cell["outputs"] is null)
            cell["outputs"] = new JsonArray();
        if (cell["outputs"] is not JsonArray outputs)
            throw Wrong($"{at}.outputs", cell["outputs"], "a list");
        for (var i = 0; i < outputs.Count; i++)
            CheckOutput(outputs[i], $"{at}.outputs[{i}]");
    }

    private static void CheckOutput(JsonNode? node, string at)
    {
        if (node is not JsonObject output)
            throw Wrong(at, node, "an object");
        if (!IsText(output["output_type"], out var type) || !s_outputTypes.Contains(type))
            throw Wrong($"{at}.output_type", output["output_type"], string.Join(", ", s_outputTypes));
        switch (type)
        {
            case "stream":
                Text(output["name"], $"{at}.name");
                Multiline(output["text"], $"{at}.text");
                break;
            case "error":
                Text(output["ename"], $"{at}.ename");
                Text(output["evalue"], $"{at}.evalue");
                if (output["traceback"] is not JsonArray lines || !lines.All(line => IsText(line, out _)))
                    throw Wrong($"{at}.traceback", output["traceback"], "a list of strings");
                break;
            default:
                if (output["data"] is not JsonObject data)
                    throw Wrong($"{at}.data", output["data"], "an object with a value for each mime type");
                foreach (var (mime, value) in data)
                    if (!IsJson(mime))
                        Multiline(value, $"{at}.data['{mime}']");
                break;
        }
    }

    /// <summary>Whether values of this mime type are JSON and not text.</summary>
    public static bool IsJson(string mime) =>
        mime.Equals("application/json", StringComparison.OrdinalIgnoreCase) || mime.EndsWith("+json", StringComparison.OrdinalIgnoreCase);

    private static void Object(JsonObject holder, string name, string at)
    {
        if (holder[name] is null)
            holder[name] = new JsonObject();
        else if (holder[name] is not JsonObject)
            throw Wrong(at, holder[name], "an object");
    }

    private static void Text(JsonNode? node, string at)
    {
        if (!IsText(node, out _))
            throw Wrong(at, node, "a string");
    }

    private static void Multiline(JsonNode? node, string at)
    {
        if (!IsText(node, out _) && (node is not JsonArray lines || !lines.All(line => IsText(line, out _))))
            throw Wrong(at, node, "a string or a list of strings");
    }

    private static bool IsText(JsonNode? node, out string text)
    {
        text = "";
        return node is JsonValue value && value.TryGetValue(out text!);
    }

    private static bool IsWhole(JsonNode? node, out int number)
    {
        number = 0;
        return node is JsonValue value && value.TryGetValue(out number);
    }

    private static NotebookException Wrong(string at, JsonNode? node, string right)
    {
        var was = node switch
        {
            null => "missing or null",
            JsonObject => "an object",
            JsonArray => "a list",
            _ => node.ToJsonString() is { Length: <= 40 } text ? text : "something else",
        };
        return new($"{at} is {was}; a notebook has {right} there");
    }
}
