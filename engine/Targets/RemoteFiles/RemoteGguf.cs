using System.Globalization;
using MemoryWall.Models;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Targets.RemoteFiles;

/// <summary>Reads the headers of a GGUF model on a web server, with those of all files of a split model. A few MB are read, never the
/// weights.</summary>
internal static class RemoteGguf
{
    private const int FirstPart = 256 << 10;
    private const int NextPart = 2 << 20;
    private const long MaxBytes = 64L << 20;
    private const int MaxFiles = 256;

    /// <summary>How long all requests may take together.</summary>
    public static TimeSpan LongestTime { get; } = TimeSpan.FromSeconds(90);

    /// <summary>Whether a text is the address of a GGUF file.</summary>
    public static bool TryParse(string text, out Uri address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address!) && address.Scheme is "http" or "https"
            && address.AbsolutePath.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a model's metadata.</summary>
    /// <param name="address">The address of the file, of the first file of a split model.</param>
    /// <param name="longest">How long all requests may take together.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="ModelFormatException">It is no GGUF file, it is damaged, or it generates no text.</exception>
    /// <exception cref="IOException">It cannot be read; the message says why.</exception>
    public static async Task<ModelMetadata> ReadAsync(Uri address, TimeSpan longest, CancellationToken cancellation)
    {
        if (RangeReader.Validate(address) is { } problem)
            throw new IOException(problem);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(longest);
        using var reader = new RangeReader(MaxBytes);
        try
        {
            var first = await ReadHeaderAsync(reader, address, timeout.Token).ConfigureAwait(false);
            List<GgufHeader> headers = [first];
            foreach (var part in ListOthers(address, first))
                headers.Add(await ReadHeaderAsync(reader, part, timeout.Token).ConfigureAwait(false));
            return GenerativeModel.FromHeaders(headers);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture,
                $"the header did not come within {longest.TotalSeconds:0} s"));
        }
    }

    private static async Task<GgufHeader> ReadHeaderAsync(RangeReader reader, Uri address, CancellationToken cancellation)
    {
        var part = await reader.ReadAsync(address, 0, FirstPart, cancellation).ConfigureAwait(false);
        var (start, size, version) = (part.Bytes, part.FileBytes, part.Version);
        while (true)
        {
            try
            {
                return GgufReader.Read(new PrefixStream(start, size));
            }
            catch (PrefixEndedException) when (start.Length < size)
            {
                part = await reader.ReadAsync(address, start.Length, NextPart, cancellation).ConfigureAwait(false);
            }
            if (part.FileBytes != size || part.Version != version)
                throw new IOException("the file changed while it was read");
            start = [.. start, .. part.Bytes];
        }
    }

    private static IEnumerable<Uri> ListOthers(Uri address, GgufHeader first)
    {
        var count = SplitGgufReader.CountFiles(first);
        if (count <= 1)
            return [];
        var number = SplitGgufReader.ReadNumber(first) + 1;
        var end = SplitGgufReader.FormatEnd(1, count);
        if (number != 1)
            throw new ModelFormatException($"it is part {number} of a model in {count} files; name the first, which ends in {end}");
        if (!address.AbsolutePath.EndsWith(end, StringComparison.Ordinal) || count > MaxFiles)
            throw new ModelFormatException($"it is the first part of a model in {count} files, but its address does not end in {end}");
        return Enumerable.Range(2, (int)count - 1).Select(part => new UriBuilder(address)
        {
            Path = address.AbsolutePath[..^end.Length] + SplitGgufReader.FormatEnd(part, count),
        }.Uri);
    }

    /// <summary>The start of a file whose rest is not here yet.</summary>
    private sealed class PrefixStream(byte[] start, long length) : MemoryStream(start, writable: false)
    {
        public override long Length => length;

        public override int Read(byte[] buffer, int offset, int count) => Check(base.Read(buffer, offset, count), count);

        public override int Read(Span<byte> buffer) => Check(base.Read(buffer), buffer.Length);

        private int Check(int read, int asked) =>
            read == 0 && asked > 0 && Position < length ? throw new PrefixEndedException() : read;
    }

    private sealed class PrefixEndedException : IOException;
}
