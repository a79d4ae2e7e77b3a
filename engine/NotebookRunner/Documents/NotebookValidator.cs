using System.Text.Json.Nodes;

namespace MemoryWall.NotebookRunner.Documents;

/// <summary>Checks that a JSON document is a notebook in nbformat 4, and adds optional properties that are missing. Later code needs no
/// further checks.</summary>
internal static class NotebookValidator
{
    private static readonly string[] s_cellTypes = ["code", "markdown", "raw"];

    private static readonly string[] s_outputTypes = ["stream", "display_data", "execute_result", "error"];

    /// <exception cref="NotebookException">It is not a notebook; the message names the place.</exception>
    public static JsonObject Validate(JsonNode? document)
    {
        if (document is not JsonObject root)
            throw CreateError("the document", document, "an object");
        if (!IsInteger(root["nbformat"], out var major) || major != 4)
            throw CreateError("nbformat", root["nbformat"], "4");
        if (!IsInteger(root["nbformat_minor"], out var minor) || minor < 0)
            throw CreateError("nbformat_minor", root["nbformat_minor"], "a number, for example 5");
        RequireObject(root, "metadata", "metadata");
        if (root["cells"] is not JsonArray cells)
            throw CreateError("cells", root["cells"], "a list");
        for (var i = 0; i < cells.Count; i++)
            ValidateCell(cells[i], $"cells[{i}]");
        return root;
    }

    private static void ValidateCell(JsonNode? node, string at)
    {
        if (node is not JsonObject cell)
            throw CreateError(at, node, "an object");
        if (!IsText(cell["cell_type"], out var type) || !s_cellTypes.Contains(type))
            throw CreateError($"{at}.cell_type", cell["cell_type"], "code, markdown or raw");
        RequireMultiline(cell["source"], $"{at}.source");
        RequireObject(cell, "metadata", $"{at}.metadata");
        if (cell["metadata"]!["tags"] is { } tags && (tags is not JsonArray list || !list.All(tag => IsText(tag, out _))))
            throw CreateError($"{at}.metadata.tags", tags, "a list of strings");
        if (type != "code")
            return;
        if (cell["execution_count"] is { } count && !IsInteger(count, out _))
            throw CreateError($"{at}.execution_count", count, "a number or null");
        if (cell["outputs"] is null)
            cell["outputs"] = new JsonArray();
        if (cell["outputs"] is not JsonArray outputs)
            throw CreateError($"{at}.outputs", cell["outputs"], "a list");
        for (var i = 0; i < outputs.Count; i++)
            ValidateOutput(outputs[i], $"{at}.outputs[{i}]");
    }

    private static void ValidateOutput(JsonNode? node, string at)
    {
        if (node is not JsonObject output)
            throw CreateError(at, node, "an object");
        if (!IsText(output["output_type"], out var type) || !s_outputTypes.Contains(type))
            throw CreateError($"{at}.output_type", output["output_type"], string.Join(", ", s_outputTypes));
        switch (type)
        {
            case "stream":
                RequireText(output["name"], $"{at}.name");
                RequireMultiline(output["text"], $"{at}.text");
                break;
            case "error":
                RequireText(output["ename"], $"{at}.ename");
                RequireText(output["evalue"], $"{at}.evalue");
                if (output["traceback"] is not JsonArray lines || !lines.All(line => IsText(line, out _)))
                    throw CreateError($"{at}.traceback", output["traceback"], "a list of strings");
                break;
            default:
                if (output["data"] is not JsonObject data)
                    throw CreateError($"{at}.data", output["data"], "an object with a value for each mime type");
                foreach (var (mime, value) in data)
                    if (!IsJsonMimeType(mime))
                        RequireMultiline(value, $"{at}.data['{mime}']");
                break;
        }
    }

    /// <summary>Whether values of this MIME type are JSON instead of text.</summary>
    public static bool IsJsonMimeType(string mime) =>
        mime.Equals("application/json", StringComparison.OrdinalIgnoreCase) || mime.EndsWith("+json", StringComparison.OrdinalIgnoreCase);

    private static void RequireObject(JsonObject holder, string name, string at)
    {
        if (holder[name] is null)
            holder[name] = new JsonObject();
        else if (holder[name] is not JsonObject)
            throw CreateError(at, holder[name], "an object");
    }

    private static void RequireText(JsonNode? node, string at)
    {
        if (!IsText(node, out _))
            throw CreateError(at, node, "a string");
    }

    private static void RequireMultiline(JsonNode? node, string at)
    {
        if (!IsText(node, out _) && (node is not JsonArray lines || !lines.All(line => IsText(line, out _))))
            throw CreateError(at, node, "a string or a list of strings");
    }

    private static bool IsText(JsonNode? node, out string text)
    {
        text = "";
        return node is JsonValue value && value.TryGetValue(out text!);
    }

    private static bool IsInteger(JsonNode? node, out int number)
    {
        number = 0;
        return node is JsonValue value && value.TryGetValue(out number);
    }

    private static NotebookException CreateError(string at, JsonNode? node, string right)
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
