using System.Globalization;
using MemoryWall.LlamaServer.Native;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Counts which experts single tokens use, with any system. It stops each graph once a layer, which costs time.</summary>
internal sealed unsafe class RoutingListener(RoutingStatistics statistics) : INodeListener
{
    /// <summary>llama.cpp's name for the numbers of the chosen experts, followed by the layer.</summary>
    public static ReadOnlySpan<byte> ChoicePrefix => "ffn_moe_topk-"u8;

    /// <summary>The layer whose chosen experts a node gives; -1 for another node.</summary>
    public static int ParseLayer(GgmlTensor* node)
    {
        var name = GgmlTensor.NameOf(node);
        return name.StartsWith(ChoicePrefix)
            && int.TryParse(name[ChoicePrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var layer) ? layer : -1;
    }

    /// <summary>The experts that one token of a batch uses.</summary>
    public static ReadOnlySpan<int> ChosenBy(GgmlTensor* node, int token) =>
        new((void*)(node->Data + token * (nint)node->Strides[1]), (int)node->Dimensions[0]);

    public bool OnNodeStarting(nint tensor) => ParseLayer((GgmlTensor*)tensor) >= 0;

    public void OnNodeDone(nint tensor)
    {
        var node = (GgmlTensor*)tensor;
        if (ParseLayer(node) is >= 0 and var layer && node->Dimensions[1] == 1)
            statistics.Add(layer, ChosenBy(node, 0));
    }
}
