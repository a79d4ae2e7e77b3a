using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>Reads the JSON body of a request into its record.</summary>
internal static class BodyReader
{
    /// <summary>The JSON context for requests, which also reads whole numbers with a fraction (2048.0).</summary>
    public static EmbeddedJson Json { get; } = new(new JsonSerializerOptions { Converters = { new WholeNumberConverter() } });

    /// <summary>Reads a body into its record.</summary>
    /// <exception cref="RefusedException">The body is not a valid object; the message names the field.</exception>
    public static T Read<T>(JsonElement body, JsonTypeInfo<T> record)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw new RefusedException(400, "the body is not a JSON object");
        BodyValidator.Check(body, record);
        return body.Deserialize(record)!;
    }

    /// <summary>Reads the body of a request into its record.</summary>
    /// <exception cref="RefusedException">The body is not JSON, or not a valid object.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> record)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted).ConfigureAwait(false);
            UnicodeCheck.Check(body.RootElement);
            return Read(body.RootElement, record);
        }
        catch (JsonException error)
        {
            throw new RefusedException(400, $"the body is not JSON: {error.Message}");
        }
    }

    /// <summary>Checks the model's name in a request. Ollama's own program sends the older field with the name and the newer one
    /// empty.</summary>
    /// <exception cref="RefusedException">The request names no model, or a model that this server does not have.</exception>
    public static void CheckModel(string? model, string? olderName, string served)
    {
        var name = string.IsNullOrWhiteSpace(model) ? olderName : model;
        if (string.IsNullOrWhiteSpace(name))
            throw new RefusedException(400, $"model: the field is missing; this server has '{served}'");
        if (RemoveLatestTag(name.Trim()) != RemoveLatestTag(served))
            throw new RefusedException(404, $"model '{name.Trim()}' not found");
    }

    private static string RemoveLatestTag(string name) =>
        name.EndsWith(":latest", StringComparison.Ordinal) ? name[..^":latest".Length] : name;
}
