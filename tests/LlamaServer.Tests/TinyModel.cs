using MemoryWall.Models.Gguf;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>A model that computes thousands of prompt tokens almost at once; written once for all tests.</summary>
internal static class TinyModel
{
    public const string Name = "tiny";
    public const int ContextTokens = 8192;

    private static readonly Lazy<Task<string>> s_path = new(() => SyntheticModelCache.EnsureAsync(
        SyntheticSpec.Parse($"layers=2,embd=128,heads=4,kv=2,ff=256,vocab=2048,weights=q8_0,ctx={ContextTokens}"), TestFolder.Path));

    public static Task<string> PathAsync() => s_path.Value;

    /// <summary>The same model with a chat template.</summary>
    public static Task<string> WithTemplateAsync(string template) => WithMetadataAsync("tokenizer.chat_template", template);

    /// <summary>The same model with one more entry of metadata.</summary>
    public static async Task<string> WithMetadataAsync(string key, object value)
    {
        var original = await PathAsync();
        var header = GgufReader.Read(original);
        using var data = File.OpenHandle(original);
        var tensors = header.Tensors.Select(tensor => new GgufTensorSource(tensor.Name, tensor.Dimensions, tensor.Type, output =>
        {
            var bytes = new byte[tensor.Bytes];
            RandomAccess.Read(data, bytes, header.DataOffset + tensor.Offset);
            output.Write(bytes);
        })).ToList();
        var path = Path.Combine(TestFolder.Path, $"templated-{Guid.NewGuid():N}.gguf");
        await using var file = File.Create(path);
        GgufWriter.Write(file, GgufWriter.BuildHeader([.. header.Metadata, new(key, value)], tensors), tensors);
        return path;
    }

    /// <summary>A model whose matrices are Q4_K: blocks of 256 elements with two 16-bit floats, twelve bytes of scales and 128 of
    /// numbers.</summary>
    public static async Task<string> KQuantAsync()
    {
        const int BlockElements = 256, BlockBytes = 144, FloatBytes = 2;
        var original = await SyntheticModelCache.EnsureAsync(
            SyntheticSpec.Parse("layers=4,embd=256,heads=4,kv=2,ff=768,vocab=2048,weights=f16,ctx=4096"), TestFolder.Path);
        var path = Path.Combine(TestFolder.Path, "q4_k.gguf");
        if (File.Exists(path))
            return path;
        var header = GgufReader.Read(original);
        using var data = File.OpenHandle(original);
        var random = new Random(4);
        var tensors = header.Tensors.Select(tensor =>
        {
            var isMatrix = tensor.Type == GgmlType.F16 && tensor.Name.StartsWith("blk.", StringComparison.Ordinal);
            return new GgufTensorSource(tensor.Name, tensor.Dimensions, isMatrix ? GgmlType.Q4_K : tensor.Type, output =>
            {
                var bytes = new byte[isMatrix ? tensor.Bytes / 2 / BlockElements * BlockBytes : tensor.Bytes];
                if (isMatrix)
                {
                    random.NextBytes(bytes);
                    for (var block = 0; block < bytes.Length; block += BlockBytes)
                    {
                        BitConverter.TryWriteBytes(bytes.AsSpan(block), (Half)0.0003);
                        BitConverter.TryWriteBytes(bytes.AsSpan(block + FloatBytes), (Half)0.002);
                    }
                }
                else
                {
                    RandomAccess.Read(data, bytes, header.DataOffset + tensor.Offset);
                }
                output.Write(bytes);
            });
        }).ToList();
        await using (var file = File.Create(path + ".new"))
            GgufWriter.Write(file, GgufWriter.BuildHeader([.. header.Metadata], tensors), tensors);
        File.Move(path + ".new", path);
        return path;
    }

    /// <summary>A prompt of tokens without a special meaning; the same seed gives the same tokens.</summary>
    public static int[] Tokens(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(300, 2000))];
    }
}

internal static class TestFolder
{
    public static string Path { get; } = Directory.CreateTempSubdirectory("memwall-server-tests-").FullName;
}
