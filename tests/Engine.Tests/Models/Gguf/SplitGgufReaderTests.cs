using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Engine.Tests.Models.Gguf;

public sealed class SplitGgufReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Part(int number, int count, params GgufTensorSource[] tensors)
    {
        var path = Path.Combine(_folder, $"model-{number:00000}-of-{count:00000}.gguf");
        Dictionary<string, object> metadata = new() { ["split.no"] = (ushort)(number - 1), ["split.count"] = (ushort)count };
        if (number == 1)
        {
            metadata["general.architecture"] = "llama";
            metadata["llama.block_count"] = 1u;
            metadata["llama.embedding_length"] = 64u;
            metadata["llama.attention.head_count"] = 4u;
        }

        File.WriteAllBytes(path, GgufBytes.File(metadata, tensors));
        return path;
    }

    [Fact]
    public void FromFile_AllParts_SumsTheirTensors()
    {
        var first = Part(1, 3);
        Part(2, 3, GgufBytes.Zeros("token_embd.weight", GgmlType.F32, 64, 10));
        Part(3, 3, GgufBytes.Zeros("output_norm.weight", GgmlType.F32, 64));

        Assert.Equal(64 * 11 * 4, ModelShapeReader.Read(ModelMetadata.FromFile(first)).WeightBytes);
    }

    [Fact]
    public void FromFile_AMissingPart_LeavesTheWeightsUnknown()
    {
        var first = Part(1, 3, GgufBytes.Zeros("token_embd.weight", GgmlType.F32, 64, 10));
        Part(2, 3, GgufBytes.Zeros("output_norm.weight", GgmlType.F32, 64));

        var shape = ModelShapeReader.Read(ModelMetadata.FromFile(first));

        Assert.Null(shape.WeightBytes);
        Assert.Null(shape.ParameterCount);
        Assert.Single(shape.Layers);
    }

    [Fact]
    public void From_OneHeaderOfMany_LeavesTheWeightsUnknown()
    {
        var first = Part(1, 2, GgufBytes.Zeros("token_embd.weight", GgmlType.F32, 64, 10));

        Assert.Null(ModelShapeReader.Read(ModelMetadata.FromHeader(GgufReader.Read(first))).WeightBytes);
    }
}
