using System.Text;

namespace MemoryWall.Targets.Http;

/// <summary>Reads a foreign server's words within bounds.</summary>
internal static class Answer
{
    /// <summary>The most of a refusal that is kept.</summary>
    public const int MostRefusalBytes = 8 << 10;

    /// <summary>A whole body.</summary>
    /// <exception cref="InvalidDataException">It is longer than allowed.</exception>
    public static async Task<ReadOnlyMemory<byte>> WholeAsync(HttpContent content, long mostBytes, CancellationToken cancellation)
    {
        using var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        using var whole = new MemoryStream();
        var piece = new byte[64 << 10];
        while (await stream.ReadAsync(piece, cancellation).ConfigureAwait(false) is var count and > 0)
        {
            if (whole.Length + count > mostBytes)
                throw new InvalidDataException($"an answer of more than {mostBytes} bytes");
            whole.Write(piece, 0, count);
        }
        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    /// <summary>The beginning of a body as text; empty where it cannot be read.</summary>
    public static async Task<string> BeginningAsync(HttpContent content, CancellationToken cancellation)
    {
        try
        {
            using var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            var buffer = new byte[MostRefusalBytes];
            var count = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            return Encoding.UTF8.GetString(buffer, 0, count).Trim();
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return "";
        }
    }
}
