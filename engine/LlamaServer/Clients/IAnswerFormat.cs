using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>How one answer is written for a kind of client. Each method returns the bytes to send, with the framing of a stream where they
/// belong to one.</summary>
internal interface IAnswerFormat
{
    /// <summary>The content type of a stream; an answer in one piece is <c>application/json</c>.</summary>
    string StreamContentType { get; }

    /// <summary>What a stream begins with; empty where it begins with the first text.</summary>
    byte[] WriteStart();

    /// <summary>A piece of the answer's text.</summary>
    byte[] WriteText(string text);

    /// <summary>The end of a stream.</summary>
    byte[] WriteEnd(GenerateFrame report);

    /// <summary>The whole answer in one piece.</summary>
    byte[] WriteComplete(GenerateFrame report, string text);

    /// <summary>An error after the stream began, which ends it.</summary>
    byte[] WriteFailure(int status, string message);

    /// <summary>The body of an answer with an error status.</summary>
    byte[] WriteError(int status, string message);
}
