using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MemoryWall.Core.Files;

namespace MemoryWall.Models.Paged;

/// <summary>
/// Reads the headers of the safetensors files of a folder, without their data. A header is a length of 8 bytes and a JSON object
/// (https://huggingface.co/docs/safetensors). For any input it returns the tensors or throws a <see cref="ModelFormatException"/>.
/// </summary>
internal static partial class SafetensorsReader
{
    // The limit of the safetensors library.
    private const long MaxHeaderBytes = 100_000_000;
    private const string IndexName = "model.safetensors.index.json";
    private const int MaxFiles = 1000;
    private const int MaxTensors = 1_000_000;

    /// <summary>The tensors of all files of a model.</summary>
    /// <exception cref="ModelFormatException">There is no such file, or one is missing or damaged.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied.</exception>
    public static IReadOnlyList<SafeTensor> ReadFolder(string folder)
    {
        var files = Directory.EnumerateFiles(folder, "*.safetensors").Select(file => Path.GetFileName(file))
            .Order(StringComparer.Ordinal).Take(MaxFiles + 1).ToList();
        // Some publishers store the weights twice, and servers load those of the index, or those with the usual names.
        var wanted = ReadIndex(Path.Combine(folder, IndexName));
        if (wanted is null && files.Any(IsUsual))
            files = [.. files.Where(IsUsual)];
        if (files.Count is 0 or > MaxFiles)
            throw new ModelFormatException(files.Count == 0 ? "there is no .safetensors file beside config.json"
                : $"there are more than {MaxFiles} .safetensors files");
        wanted ??= ListParts(files);
        if (wanted.FirstOrDefault(name => !files.Contains(name)) is { } missing)
            throw new ModelFormatException($"'{missing}' is missing, a part of the weights");
        var tensors = new Dictionary<string, SafeTensor>(StringComparer.Ordinal);
        foreach (var file in wanted)
        {
            // A tensor that is in several files, as in one with all weights beside its parts, is loaded once.
            foreach (var tensor in ReadFile(Path.Combine(folder, file)))
                tensors[tensor.Name] = tensor;
            if (tensors.Count > MaxTensors)
                throw new ModelFormatException($"the files have more than {MaxTensors} tensors");
        }
        return [.. tensors.Values];
    }

    private static bool IsUsual(string name) => name.StartsWith("model", StringComparison.Ordinal);

    /// <summary>The files that the index names; null without an index.</summary>
    private static List<string>? ReadIndex(string path)
    {
        if (!File.Exists(path))
            return null;
        using var file = RegularFile.OpenNamed(path);
        if (file.Length > MaxHeaderBytes)
            throw new ModelFormatException($"'{IndexName}' has more than {MaxHeaderBytes} bytes");
        try
        {
            using var json = JsonDocument.Parse(file);
            return [.. json.RootElement.GetProperty("weight_map").EnumerateObject()
                .Select(entry => entry.Value.GetString() ?? throw new InvalidOperationException())
                .Distinct().Order(StringComparer.Ordinal).Take(MaxFiles + 1)];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ModelFormatException($"'{IndexName}' has no valid weight_map");
        }
    }

    /// <summary>The files, and those that their names (<c>…-00001-of-00004.safetensors</c>) say are there too.</summary>
    private static List<string> ListParts(List<string> files) =>
        [.. files.Concat(files.Select(file => PartName().Match(file)).Where(match => match.Success)
            .Select(match => (Start: match.Groups["start"].Value, Count: match.Groups["count"].Value)).Distinct()
            // There are no more files than that, so one of more parts is missing in any case.
            .SelectMany(model => Enumerable.Range(1, Math.Min(MaxFiles + 1, int.Parse(model.Count, CultureInfo.InvariantCulture)))
                .Select(part => string.Create(CultureInfo.InvariantCulture, $"{model.Start}-{part:00000}-of-{model.Count}.safetensors"))))
            .Distinct()];

    [GeneratedRegex(@"^(?<start>.*)-\d{5}-of-(?<count>\d{5})\.safetensors\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex PartName();

    private static List<SafeTensor> ReadFile(string path)
    {
        var name = Path.GetFileName(path);
        using var file = RegularFile.OpenNamed(path);
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
            return [.. json.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__")
                .Select(entry => ReadTensor(name, entry, file.Length - 8 - (long)length))];
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
