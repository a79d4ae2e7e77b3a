using System.Globalization;

namespace MemoryWall.Models.Gguf;

/// <summary>Reads a model that is split into files named <c>name-00001-of-00003.gguf</c>, llama.cpp's naming.</summary>
internal static class SplitGgufReader
{
    private const int MaxFiles = 10_000;

    /// <summary>Number of files of this header's model; 1 where it is not split.</summary>
    public static long CountFiles(GgufHeader header) => ReadNumber(header, "split.count") ?? 1;

    /// <summary>Which of the model's files this is, from 0 on.</summary>
    public static long ReadNumber(GgufHeader header) => ReadNumber(header, "split.no") ?? 0;

    /// <summary>
    /// The headers of all files of the model whose first file is <paramref name="path"/>. Null where a file is missing or
    /// <paramref name="path"/> does not follow llama.cpp's naming: the tensors are then not all known.
    /// </summary>
    public static IReadOnlyList<GgufHeader>? ReadHeaders(string path, GgufHeader first)
    {
        var files = ListFiles(path, first);
        if (files.Count != Math.Max(1, CountFiles(first)) || !files.All(File.Exists))
            return null;
        return [first, .. files.Skip(1).Select(GgufReader.Read)];
    }

    private static long? ReadNumber(GgufHeader header, string key) => header.Metadata.GetValueOrDefault(key) switch
    {
        ushort number => number,
        uint number => number,
        int number => number,
        long number => number,
        _ => null,
    };

    /// <summary>The paths of all files of the model whose first file is <paramref name="path"/>, whether they exist or not; that file alone
    /// where the model is not split, or where the path does not follow llama.cpp's naming.</summary>
    public static IReadOnlyList<string> ListFiles(string path, GgufHeader first)
    {
        var count = CountFiles(first);
        var end = FormatEnd(1, count);
        return count is <= 1 or > MaxFiles || !path.EndsWith(end, StringComparison.Ordinal)
            ? [path]
            : [.. Enumerable.Range(1, (int)count).Select(part => path[..^end.Length]
                + FormatEnd(part, count))];
    }

    /// <summary>How the name of one of several files ends, from 1 on.</summary>
    public static string FormatEnd(long part, long count) =>
        string.Create(CultureInfo.InvariantCulture, $"-{part:00000}-of-{count:00000}.gguf");
}
