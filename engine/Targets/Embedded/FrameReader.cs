using System.Text.Json;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Embedded;

/// <summary>Reads a line of an answer as a frame.</summary>
internal static class FrameReader
{
    /// <summary>The frame; null where the line is no frame or reports an error, which is then the result's failure.</summary>
    public static GenerateFrame? Read(ReadOnlyMemory<byte> line, StreamResult result, HttpAccess access)
    {
        GenerateFrame? frame;
        try
        {
            frame = JsonSerializer.Deserialize(line.Span, EmbeddedJson.Default.GenerateFrame);
        }
        catch (JsonException)
        {
            frame = null;
        }
        if (frame is null)
            result.FailLine("a line is not a frame of this protocol", line, access);
        else if (frame.Error is { } error)
            result.Failure = ServerErrorClassifier.ClassifyStreamError(error, access);
        return result.Failure is null ? frame : null;
    }
}
