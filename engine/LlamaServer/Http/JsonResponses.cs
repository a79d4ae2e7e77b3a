using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>Writes responses that consist of one record.</summary>
internal static class JsonResponses
{
    public static async Task WriteAsync<T>(HttpContext http, T record, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(http.Response.BodyWriter, record, type, http.RequestAborted).ConfigureAwait(false);
    }

    public static Task WriteErrorAsync(HttpContext http, int status, string message) =>
        WriteAsync(http, new ErrorResponse { Error = message }, EmbeddedJson.Default.ErrorResponse, status);
}
