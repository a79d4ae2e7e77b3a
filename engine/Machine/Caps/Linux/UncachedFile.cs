using System.Runtime.Versioning;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>Makes sure that a file is not in the page cache, so that its pages are charged to the cap of the process that reads it
/// next.</summary>
[SupportedOSPlatform("linux")]
internal static class UncachedFile
{
    // A larger cached share would give the process a noticeable part of its weights outside its cap.
    private const double MaxCachedShare = 0.02;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Drops the file's cached pages.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Stops the wait.</param>
    /// <exception cref="CapException">Pages stay in the cache, or the file cannot be read.</exception>
    public static async Task EnsureAsync(string path, CancellationToken cancellation)
    {
        try
        {
            for (var remaining = s_timeout; ; remaining -= s_pollInterval)
            {
                PageCache.Drop(path);
                var (cached, length) = (PageCache.CachedBytes(path), new FileInfo(path).Length);
                if (cached <= length * MaxCachedShare)
                    return;
                if (remaining <= TimeSpan.Zero)
                    throw new CapException(
                        $"{new ByteSize(cached)} of '{path}' stay in the page cache, outside the cap, because another process has them "
                        + "mapped; end that process, or use a copy of the file");
                // A server that is ending releases its pages in a moment; a file that was just written is flushed in a moment.
                await Task.Delay(s_pollInterval, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CapException($"the cached pages of '{path}' could not be dropped and would be outside the cap: {error.Message}");
        }
    }
}
