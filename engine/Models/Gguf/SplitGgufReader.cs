using System.Globalization;

namespace MemoryWall.Models.Gguf;

/// <summary>A model split over files named <c>name-00001-of-00003.gguf</c>, as llama.cpp splits it.</summary>
internal static class SplitGgufReader
{
    private const int MaxFiles = 10_000;

    /// <summary>Files that the model of this header is split over; 1 where it is whole.</summary>
    public static long CountFiles(GgufHeader header) => header.Metadata.GetValueOrDefault("split.count") switch
    {
        ushort count => count,
        uint count => count,
        int count => count,
        long count => count,
        _ => 1,
    };

    /// <summary>
    /// The headers of all files of the model that <paramref name="path"/> is the first of; null where one is missing or
    /// <paramref name="path"/> has another name than llama.cpp gives: then not all tensors are known.
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
