using System.Buffers.Binary;
using System.Text.Json;

namespace MemoryWall.Models.Paged;

/// <summary>
/// Reads the headers of the safetensors files of a folder, without their data. A header is a length of 8 bytes and a JSON object
/// (https://huggingface.co/docs/safetensors). For any input it returns the tensors or throws a <see cref="ModelFormatException"/>.
/// </summary>
internal static class SafetensorsReader
{
    // The limit of the safetensors library.
    private const long MaxHeaderBytes = 100_000_000;
    private const int MaxFiles = 1000;
    private const int MaxTensors = 1_000_000;

    /// <summary>The tensors of all files of a model.</summary>
    /// <exception cref="ModelFormatException">There is no such file, or one is damaged.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static IReadOnlyList<SafeTensor> ReadFolder(string folder)
    {
        var files = Directory.EnumerateFiles(folder, "*.safetensors").Order(StringComparer.Ordinal).Take(MaxFiles + 1).ToList();
        // Some publishers store the weights twice, and servers load those with the usual names.
        if (files.Any(IsUsual))
            files = [.. files.Where(IsUsual)];
        if (files.Count is 0 or > MaxFiles)
            throw new ModelFormatException(files.Count == 0 ? "there is no .safetensors file beside config.json"
                : $"there are more than {MaxFiles} .safetensors files");
        var tensors = new List<SafeTensor>();
        foreach (var file in files)
        {
            ReadFile(file, tensors);
            if (tensors.Count > MaxTensors)
                throw new ModelFormatException($"the files have more than {MaxTensors} tensors");
        }
        return tensors;
    }

    private static bool IsUsual(string file) => Path.GetFileName(file).StartsWith("model", StringComparison.Ordinal);

    private static void ReadFile(string path, List<SafeTensor> tensors)
    {
        var name = Path.GetFileName(path);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> start = stackalloc byte[8];
        if (file.ReadAtLeast(start, 8, throwOnEndOfStream: false) < 8)
            throw new ModelFormatException($"'{name}' has {file.Length} bytes, which is no safetensors file");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MaxHeaderBytes || (long)length > file.Length - 8)
            throw new ModelFormatException(
                $"'{name}': its header has {length} bytes; it must have at most {MaxHeaderBytes} and be in the file");
        var header = new byte[length];
        file.ReadExactly(header);
        try
        {
            using var json = JsonDocument.Parse(header);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new ModelFormatException($"'{name}': its header is no object");
            foreach (var entry in json.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
                tensors.Add(ReadTensor(name, entry, file.Length - 8 - (long)length));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new ModelFormatException($"'{name}': its header is no valid JSON");
        }
    }

    private static SafeTensor ReadTensor(string file, JsonProperty entry, long dataBytes)
    {
        if (entry.Value.ValueKind == JsonValueKind.Object
            && entry.Value.TryGetProperty("shape", out var shape) && shape.ValueKind == JsonValueKind.Array
            && entry.Value.TryGetProperty("data_offsets", out var offsets) && offsets.ValueKind == JsonValueKind.Array
            && offsets.GetArrayLength() == 2
            && offsets[0].ValueKind == JsonValueKind.Number && offsets[0].TryGetInt64(out var from)
            && offsets[1].ValueKind == JsonValueKind.Number && offsets[1].TryGetInt64(out var to)
            && from >= 0 && to >= from && to <= dataBytes)
            return new SafeTensor(entry.Name, shape.GetArrayLength(), to - from);
        throw new ModelFormatException($"'{file}': an entry of its header is no tensor within the file, which is damaged or truncated");
    }
}

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rank">Number of its dimensions.</param>
/// <param name="Bytes">Its size in bytes.</param>
internal sealed record SafeTensor(string Name, int Rank, long Bytes);
