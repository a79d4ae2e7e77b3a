using System.Text.Json;
using System.Text.Json.Nodes;

namespace MemoryWall.LlamaServer.Http;

/// <summary>Answers that several endpoints give.</summary>
internal static class JsonResponses
{
    public static async Task WriteJsonAsync(HttpContext http, JsonObject json, int status = 200)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(json.ToJsonString(), http.RequestAborted).ConfigureAwait(false);
    }

    public static Task WriteErrorAsync(HttpContext http, int status, string message) =>
        WriteJsonAsync(http, new JsonObject { ["error"] = message }, status);

    /// <summary>Whether the body names the model that is served; answers 400 or 404 where it does not.</summary>
    public static async Task<bool> CheckModelAsync(HttpContext http, JsonElement body, string model)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            await WriteErrorAsync(http, 400, "the body is no JSON object").ConfigureAwait(false);
            return false;
        }
        var named = (RequestReader.ReadText(body, "model") ?? RequestReader.ReadText(body, "name"))?.Trim();
        if (string.IsNullOrEmpty(named))
        {
            await WriteErrorAsync(http, 400, "model: a name is missing").ConfigureAwait(false);
            return false;
        }
        if (RemoveLatestTag(named) == RemoveLatestTag(model))
            return true;
        await WriteErrorAsync(http, 404, $"model '{named}' not found").ConfigureAwait(false);
        return false;
    }

    private static string RemoveLatestTag(string name) =>
        name.EndsWith(":latest", StringComparison.Ordinal) ? name[..^":latest".Length] : name;
}
