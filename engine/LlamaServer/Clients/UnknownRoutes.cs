using MemoryWall.LlamaServer.Http;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>Answers with JSON where this server has no such path, or not with this method: clients parse every answer.</summary>
internal static class UnknownRoutes
{
    private const int MaxShownLength = 100;

    /// <summary>Runs the request, and answers it where nothing else did.</summary>
    public static async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        await next(http).ConfigureAwait(false);
        var status = http.Response.StatusCode;
        if (http.Response.HasStarted || http.Response.ContentType is not null
            || status is not (StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed))
            return;
        var path = $"{http.Request.Method} {http.Request.Path}";
        var asked = path.Length > MaxShownLength ? path[..MaxShownLength] + "…" : path;
        var message = status == StatusCodes.Status404NotFound
            ? $"{asked}: this server has no such path; it has /api/generate, /api/chat, /api/show, /api/tags, /api/ps, /api/version, "
                + "/v1/models, /v1/completions and /v1/chat/completions"
            : $"{asked}: the method is not allowed here; use {http.Response.Headers.Allow}";
        await WriteErrorAsync(http, status, message).ConfigureAwait(false);
    }

    /// <summary>Writes an error in the format of the request's path.</summary>
    public static async Task WriteErrorAsync(HttpContext http, int status, string message)
    {
        if (!http.Request.Path.StartsWithSegments("/v1"))
        {
            await JsonResponses.WriteErrorAsync(http, status, message).ConfigureAwait(false);
            return;
        }
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync(JsonBytes.Write(json => OpenAiError.Write(json, status, message)), http.RequestAborted)
            .ConfigureAwait(false);
    }
}
