using System.Text.Json.Nodes;

namespace MemoryWall.NotebookRunner.Execution;

/// <summary>Why a cell did not end well.</summary>
/// <param name="Name">The exception's type, or a word for what stopped the cell.</param>
/// <param name="Message">What it says.</param>
/// <param name="Traceback">The lines to show, the message included.</param>
/// <param name="Line">The line of the cell, from 1; absent where it cannot be told.</param>
internal sealed record CellFailure(string Name, string Message, IReadOnlyList<string> Traceback, int? Line)
{
    /// <summary>A failure without a place.</summary>
    public static CellFailure Create(string name, string message) => new(name, message, [$"{name}: {message}"], null);

    /// <summary>As nbformat writes it.</summary>
    public JsonObject ToOutput() => new()
    {
        ["ename"] = Name,
        ["evalue"] = Message,
        ["output_type"] = "error",
        ["traceback"] = new JsonArray(Traceback.Select(line => (JsonNode)line).ToArray()),
    };
}
