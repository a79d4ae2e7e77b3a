using System.IO.Compression;
using MemoryWall.Runs.Files;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MemoryWall.Dashboard.Http;

/// <summary>The folder of a run as one zip file.</summary>
internal static class RunBundle
{
    // What belongs to the process that writes the run.
    private static readonly string[] s_omitted = [RunFiles.Lock, RunFiles.LiveFeed];

    /// <summary>Writes the files as they are now, also while the run is written: a torn last line is one that readers skip.</summary>
    public static async Task WriteAsync(HttpContext http, string folder)
    {
        var id = Path.GetFileName(folder);
        // The archive's directory is written without await.
        if (http.Features.Get<IHttpBodyControlFeature>() is { } control)
            control.AllowSynchronousIO = true;
        http.Response.ContentType = "application/zip";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{id}.zip\"";
        using var archive = new ZipArchive(http.Response.Body, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)
            .Where(path => !s_omitted.Contains(Path.GetFileName(path))))
        {
            await using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await using var entry = archive.CreateEntry($"{id}/{Path.GetFileName(path)}", CompressionLevel.Fastest).Open();
            await source.CopyToAsync(entry, http.RequestAborted).ConfigureAwait(false);
        }
    }
}
