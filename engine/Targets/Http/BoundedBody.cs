using System.Buffers;
using System.Text;

namespace MemoryWall.Targets.Http;

/// <summary>Reads response bodies up to a limit.</summary>
internal static class BoundedBody
{
    private const int MaxErrorBytes = 64 << 10;

    /// <summary>The body of an error response, cut at 64 KiB. Where the connection breaks, the part that arrived: it is still
    /// evidence.</summary>
    public static async Task<string> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxErrorBytes);
        var length = 0;
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            while (length < MaxErrorBytes
                && await body.ReadAsync(buffer.AsMemory(length, MaxErrorBytes - length), cancellation).ConfigureAwait(false) is > 0
                    and var count)
                length += count;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
        }
        var text = Encoding.UTF8.GetString(buffer, 0, length);
        ArrayPool<byte>.Shared.Return(buffer);
        return response.Headers.Location is { } location ? $"{text} (redirect to {location}, not followed)".TrimStart() : text;
    }
}
