namespace MemoryWall.Core.Units;

/// <summary>Reads bandwidths.</summary>
internal static class ByteRate
{
    /// <summary>Bytes per second, above 0: <c>500MB/s</c>, <c>1.8TB/s</c>. Units are those of <see cref="ByteSize"/>.</summary>
    /// <exception cref="FormatException">The text is no bandwidth.</exception>
    public static long Parse(string text) =>
        text.EndsWith("/s", StringComparison.Ordinal) && ByteSize.TryParse(text[..^2], out var size) && size.Bytes > 0
            ? size.Bytes
            : throw new FormatException($"'{text}' is not a bandwidth; for example 500MB/s");
}
