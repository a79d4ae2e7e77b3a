using MemoryWall.Runs.Archives;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MemoryWall.Dashboard.Http;

/// <summary>The folder of a run as one zip file, which <c>memwall runs import</c> reads.</summary>
internal static class RunBundle
{
    /// <summary>Writes the files as they are now, also while the run is written: a torn last line is one that readers skip.</summary>
    public static async Task WriteAsync(HttpContext http, string id, string folder)
    {
        http.Response.ContentType = "application/zip";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{id}.zip\"";
        // The archive writes synchronously. It must not hold a whole run in memory.
        if (http.Features.Get<IHttpBodyControlFeature>() is { } control)
            control.AllowSynchronousIO = true;
        await Task.Run(() => RunArchive.Write(http.Response.Body, [(id, folder)])).ConfigureAwait(false);
    }
}
