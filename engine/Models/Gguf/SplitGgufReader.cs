using System.Globalization;

namespace MemoryWall.Models.Gguf;

/// <summary>Reads a model that is split into files named <c>name-00001-of-00003.gguf</c>, llama.cpp's naming.</summary>
internal static class SplitGgufReader
{
    private const int MaxFiles = 10_000;

    /// <summary>Number of files of this header's model; 1 where it is not split.</summary>
    public static long CountFiles(GgufHeader header) => header.Metadata.GetValueOrDefault("split.count") switch
    {
        ushort count => count,
        uint count => count,
        int count => count,
        long count => count,
        _ => 1,
    };

    /// <summary>
    /// The headers of all files of the model whose first file is <paramref name="path"/>. Null where a file is missing or
    /// <paramref name="path"/> does not follow llama.cpp's naming: the tensors are then not all known.
    /// </summary>
    public static IReadOnlyList<GgufHeader>? ReadHeaders(string path, GgufHeader first)
    {
        var count = CountFiles(first);
        if (count <= 1)
            return [first];
        var end = string.Create(CultureInfo.InvariantCulture, $"-00001-of-{count:00000}.gguf");
        if (count > MaxFiles || !path.EndsWith(end, StringComparison.Ordinal))
            return null;
        var headers = new List<GgufHeader> { first };
        for (var i = 2; i <= count; i++)
        {
            var part = path[..^end.Length] + string.Create(CultureInfo.InvariantCulture, $"-{i:00000}-of-{count:00000}.gguf");
            if (!File.Exists(part))
                return null;
            headers.Add(GgufReader.Read(part));
        }

        return headers;
    }
}
