using System.Globalization;
using System.Text.RegularExpressions;
using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Shapes;

/// <summary>Computes the bytes of weights that are read to generate one token, from llama.cpp's tensor names.</summary>
internal static partial class ActiveWeights
{
    // Tables of which each token reads one row.
    private static readonly string[] s_lookupTables = ["token_embd.weight", "position_embd.weight", "token_types.weight",
        "per_layer_token_embd.weight"];

    // Encoders of images, audio and prompts, which do not run for a generated token.
    private static readonly string[] s_encoderPrefixes = ["v.", "mm.", "a.", "enc."];

    /// <summary>The bytes; null where the size of a tensor is unknown.</summary>
    /// <param name="tensors">All tensors of the model.</param>
    /// <param name="runLayers">Number of layers that run; later layers only predict further tokens.</param>
    /// <param name="expertsUsed">Experts used per token; null for a dense model.</param>
    /// <param name="valueExpertsUsed">Experts that make the values of a token; null where one matrix makes them.</param>
    public static long? ComputeBytesPerToken(
        IReadOnlyList<ModelTensor> tensors, int runLayers, int? expertsUsed, int? valueExpertsUsed = null)
    {
        var tied = tensors.All(tensor => tensor.Name != "output.weight");
        var singleExperts = tensors.Select(tensor => SingleExpert().Match(tensor.Name)).Where(match => match.Success)
            .Select(match => match.Groups[1].Value).Distinct().Count();
        var sum = 0.0;
        foreach (var tensor in tensors)
        {
            if (tensor.Bytes is not { } bytes)
                return null;
            sum += bytes * Share(tensor);
        }

        return (long)Math.Round(sum);

        double Share(ModelTensor tensor)
        {
            if (s_encoderPrefixes.Any(prefix => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))
                || LayerIndex(tensor.Name) >= runLayers)
                return 0;
            if (tensor.Name == "token_embd.weight" && tied)
                return 1;
            if (s_lookupTables.Contains(tensor.Name))
                return tensor.Dimensions is [_, > 1 and var rows] ? 1.0 / rows : 1;
            if (valueExpertsUsed is { } values && tensor.Name.EndsWith(".attn_v_exps.weight", StringComparison.Ordinal))
                return ShareOf(values, tensor);
            if (expertsUsed is not { } used)
                return 1;
            if (MergedExperts().IsMatch(tensor.Name))
                return ShareOf(used, tensor);
            return singleExperts > 0 && SingleExpert().IsMatch(tensor.Name) ? Math.Min(1, (double)used / singleExperts) : 1;
        }
    }

    // The last dimension counts the experts.
    private static double ShareOf(int used, ModelTensor tensor) =>
        tensor.Dimensions is [.., > 0 and var experts] ? Math.Min(1, (double)used / experts) : 1;

    /// <summary>The bytes of each layer; null where the size of a tensor is unknown.</summary>
    public static IReadOnlyList<LayerWeights>? SumByLayer(IReadOnlyList<ModelTensor> tensors, int layers)
    {
        var sums = new LayerWeights[layers];
        foreach (var tensor in tensors)
        {
            var layer = LayerIndex(tensor.Name);
            if (layer < 0 || layer >= layers)
                continue;
            if (tensor.Bytes is not { } bytes)
                return null;
            sums[layer] = new LayerWeights(sums[layer].Bytes + bytes,
                sums[layer].ExpertBytes + (MergedExperts().IsMatch(tensor.Name) ? bytes : 0));
        }
        return sums;
    }

    /// <summary>Whether a tensor is a table of which each token reads one row; llama.cpp keeps these in RAM.</summary>
    public static bool IsLookupTable(string name) => s_lookupTables.Contains(name);

    /// <summary>Whether a tensor has experts of a layer, which <c>--n-cpu-moe</c> keeps in RAM.</summary>
    public static bool IsExperts(string name) => MergedExperts().IsMatch(name);

    /// <summary>Whether a tensor is part of a mixture of experts: its router, all experts of a layer, or one.</summary>
    public static bool IsOfMixture(string name) => name.Contains(".ffn_gate_inp.", StringComparison.Ordinal) || IsExperts(name)
        || SingleExpert().IsMatch(name);

    /// <summary>The layer of a tensor; -1 for one that belongs to no layer.</summary>
    public static int LayerIndex(string name) =>
        LayerNumber().Match(name) is { Success: true } match
            && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var layer) ? layer : -1;

    [GeneratedRegex(@"^blk\.(\d+)\.")]
    private static partial Regex LayerNumber();

    /// <summary>Matches a tensor with all experts of a layer along its last dimension.</summary>
    [GeneratedRegex(@"^blk\.\d+\.ffn_\w+_(?:ch)?exps\.")]
    private static partial Regex MergedExperts();

    /// <summary>Matches a tensor of a single expert, as in the first conversions of Mixtral.</summary>
    [GeneratedRegex(@"^blk\.\d+\.ffn_(?:gate|up|down)\.(\d+)\.")]
    private static partial Regex SingleExpert();
}
