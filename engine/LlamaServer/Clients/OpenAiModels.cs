using System.Text.Json;
using MemoryWall.LlamaServer.Http;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>Handles the paths of the OpenAI protocol that describe the model.</summary>
internal sealed class OpenAiModels(ServedModel model)
{
    /// <summary><c>GET /v1/models</c>.</summary>
    public Task ListAsync(HttpContext http) => WriteAsync(http, StatusCodes.Status200OK, json =>
    {
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        json.WriteStartObject();
        WriteModel(json);
        json.WriteEndObject();
        json.WriteEndArray();
    });

    /// <summary><c>GET /v1/models/NAME</c>.</summary>
    public Task GetAsync(HttpContext http) => http.Request.RouteValues["model"] is string name && name == model.Name
        ? WriteAsync(http, StatusCodes.Status200OK, WriteModel)
        : WriteAsync(http, StatusCodes.Status404NotFound,
            json => OpenAiError.Write(json, StatusCodes.Status404NotFound, $"this server has no such model; it has '{model.Name}'"));

    private void WriteModel(Utf8JsonWriter json)
    {
        json.WriteString("id", model.Name);
        json.WriteString("object", "model");
        json.WriteNumber("created", new DateTimeOffset(model.File.WrittenAt).ToUnixTimeSeconds());
        json.WriteString("owned_by", "memwall");
    }

    private static async Task WriteAsync(HttpContext http, int status, Action<Utf8JsonWriter> fields)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync(JsonBytes.Write(fields), http.RequestAborted).ConfigureAwait(false);
    }
}
