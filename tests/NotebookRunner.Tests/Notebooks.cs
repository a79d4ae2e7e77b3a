using System.Text;
using System.Text.Json.Nodes;
using MemoryWall.NotebookRunner.Documents;

namespace MemoryWall.NotebookRunner.Tests;

/// <summary>Notebooks made for a test.</summary>
internal static class Notebooks
{
    public static JsonObject Code(string source, params string[] tags) => new()
    {
        ["cell_type"] = "code",
        ["execution_count"] = null,
        ["metadata"] = new JsonObject { ["tags"] = new JsonArray(tags.Select(tag => (JsonNode)tag).ToArray()) },
        ["outputs"] = new JsonArray(),
        ["source"] = source,
    };

    public static JsonObject Executed(string source, params JsonObject[] outputs)
    {
        var cell = Code(source);
        cell["execution_count"] = 1;
        cell["outputs"] = new JsonArray(outputs);
        return cell;
    }

    public static JsonObject Prose(string source) =>
        new() { ["cell_type"] = "markdown", ["metadata"] = new JsonObject(), ["source"] = source };

    public static JsonObject Data(params (string Mime, JsonNode Value)[] forms)
    {
        var data = new JsonObject();
        foreach (var (mime, value) in forms)
            data[mime] = value;
        return new() { ["data"] = data, ["metadata"] = new JsonObject(), ["output_type"] = "display_data" };
    }

    public static JsonObject Stream(string text) => new() { ["name"] = "stdout", ["output_type"] = "stream", ["text"] = text };

    public static string Json(params JsonObject[] cells) =>
        new JsonObject
        {
            ["cells"] = new JsonArray(cells),
            ["metadata"] = new JsonObject(),
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5
        }.ToJsonString();

    public static NotebookDocument Document(params JsonObject[] cells) => NotebookDocument.Parse(Encoding.UTF8.GetBytes(Json(cells)));
}

/// <summary>A temporary folder for one test.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("memwall-notebooks-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
