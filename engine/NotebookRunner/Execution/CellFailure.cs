using System.Text.Json.Nodes;

namespace MemoryWall.NotebookRunner.Execution;

/// <summary>Why a cell failed.</summary>
/// <param name="Name">The type of the exception, or the reason why the cell was stopped.</param>
/// <param name="Message">The message.</param>
/// <param name="Traceback">The lines to show, including the message.</param>
/// <param name="Line">The line of the cell, from 1; null if unknown.</param>
internal sealed record CellFailure(string Name, string Message, IReadOnlyList<string> Traceback, int? Line)
{
    /// <summary>A failure without a line.</summary>
    public static CellFailure Create(string name, string message) => new(name, message, [$"{name}: {message}"], null);

    /// <summary>The failure as an nbformat output.</summary>
    public JsonObject ToOutput() => new()
    {
        ["ename"] = Name,
        ["evalue"] = Message,
        ["output_type"] = "error",
        ["traceback"] = new JsonArray(Traceback.Select(line => (JsonNode)line).ToArray()),
    };
}
