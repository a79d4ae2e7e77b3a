using MemoryWall.LlamaServer.Http;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>Answers a request that failed unexpectedly with the reason as JSON: an empty answer would say nothing.</summary>
internal static class UnhandledFailures
{
    /// <summary>Runs the request, and answers it where it throws before its answer began.</summary>
    public static async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http).ConfigureAwait(false);
        }
        catch (Exception error) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
        {
            http.Response.Clear();
            var (status, message) = FailureMapping.Describe(error);
            await UnknownRoutes.WriteErrorAsync(http, status, message).ConfigureAwait(false);
        }
    }
}
