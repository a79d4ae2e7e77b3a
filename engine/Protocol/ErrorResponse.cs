using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>The body of a response with an error status. An error after the stream began is <see cref="GenerateFrame.Error"/>.</summary>
internal sealed record ErrorResponse
{
    /// <summary>The field, its value and a remedy, in one sentence.</summary>
    [JsonPropertyName("error")]
    public string? Error { get; init; }
}
