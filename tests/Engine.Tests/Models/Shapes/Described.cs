using MemoryWall.Core.Facts;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Engine.Tests.Models.Shapes;

/// <summary>Makes the metadata of models as files contain it. All keys but <c>general.*</c> and <c>tokenizer.*</c> get the architecture as
/// prefix.</summary>
internal static class Described
{
    public static ModelMetadata Model(string architecture, params (string Key, object Value)[] keys) => Model(architecture, [], keys);

    public static ModelMetadata Model(string architecture, IEnumerable<(string Name, GgmlType Type, long[] Shape)> tensors,
        params (string Key, object Value)[] keys)
    {
        var metadata = new OrderedDictionary<string, object> { ["general.architecture"] = architecture };
        foreach (var (key, value) in keys)
            metadata[key.StartsWith("general.", StringComparison.Ordinal) || key.StartsWith("tokenizer.", StringComparison.Ordinal)
                ? key
                : $"{architecture}.{key}"] = value;
        return ModelMetadata.FromHeader(new GgufHeader
        {
            Version = 3,
            Alignment = 32,
            DataOffset = 0,
            Metadata = metadata,
            Tensors = [
                .. tensors.Select(
                    tensor => new GgufTensor(tensor.Name, tensor.Shape, tensor.Type, 0,
                        GgmlTypes.TensorBytes(tensor.Type, tensor.Shape)!.Value))],
        });
    }

    /// <summary>The keys of every transformer.</summary>
    public static (string, object)[] Transformer(uint layers, uint embedding, uint heads, uint kvHeads, params (string, object)[] more) =>
        [("block_count", layers), ("embedding_length", embedding), ("attention.head_count", heads), ("attention.head_count_kv", kvHeads),
            .. more];

    public static IReadOnlyList<LayerShape> Layers(string architecture, params (string Key, object Value)[] keys) =>
        ModelShapeReader.Read(Model(architecture, keys)).Layers;
}
