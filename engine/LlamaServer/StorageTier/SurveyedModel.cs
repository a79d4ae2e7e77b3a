using System.Globalization;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>A surveyed model: its weights by layer with their location in the file, its keys and values by layer, and their
/// sizes.</summary>
internal sealed unsafe class SurveyedModel
{
    private readonly IReadOnlyDictionary<string, (long Offset, long Bytes)> _tensorRanges;

    /// <param name="survey">The survey of a graph.</param>
    /// <param name="file">The location of the weights in the model's file.</param>
    /// <param name="experts">Weights that are left out, because a pool of experts has them.</param>
    /// <exception cref="TierException">The tier cannot stream this model.</exception>
    public SurveyedModel(GraphSurvey survey, IReadOnlyDictionary<string, (long Offset, long Bytes)> file, IReadOnlySet<string> experts)
    {
        _tensorRanges = file;
        if (survey.Problem is { } problem || survey.LayerCount == 0)
            throw UnsupportedModel(survey.Problem ?? "its graph names no layers");
        var layers = survey.LayerCount;
        var weights = survey.Tensors.Where(tensor => file.ContainsKey(tensor.Name)).ToList();
        foreach (var tensor in weights.Where(tensor => Ggml.Bytes(tensor.Tensor) != file[tensor.Name].Bytes))
            throw UnsupportedModel(
                $"{tensor.Name} has {Ggml.Bytes(tensor.Tensor)} bytes in memory but {file[tensor.Name].Bytes} in the file");
        var mapping = weights.Where(tensor => tensor.Tensor->Extra == 0)
            .Select(tensor => tensor.Tensor->Data - (nint)file[tensor.Name].Offset).Distinct().ToList();
        if (mapping.Count > 1)
            throw UnsupportedModel("its weights are not mapped from the file in one piece");
        MappedRange = mapping is [var start] ? ComputeMappedRange(start, file) : null;

        int Owner(SurveyedTensor tensor) =>
            tensor.FirstLayer == tensor.LastLayer && tensor.FirstLayer < layers ? tensor.FirstLayer : layers;
        var resident = weights.Where(tensor => !tensor.IsRowLookupOnly && !experts.Contains(tensor.Name)).ToList();
        Lookups = [.. weights.Where(tensor => tensor.IsRowLookupOnly)];
        RepackedBytes = resident.Where(tensor => tensor.Tensor->Extra != 0).Sum(tensor => file[tensor.Name].Bytes);
        SharedWeights = resident.Where(tensor => Owner(tensor) == layers).ToList();
        // Ordered by size, because the largest parts are streamed first.
        Weights = [.. Enumerable.Range(0, layers).Select(layer => GroupIntoParts(resident.Where(tensor => Owner(tensor) == layer), file)
            .OrderByDescending(part => CreateLayout(part).Bytes).ThenBy(part => part[0].FirstNode).ToList())];
        Kv = ListKv(survey);
        KvBuffers = [.. Kv.SelectMany(tensors => tensors).Select(tensor => tensor.Tensor->Buffer).Distinct()];
        if (KvBuffers.Count == 0 || (survey.CanStreamKv && KvBuffers.Count != 1) || !KvBuffers.All(LazyBuffers.IsLazy))
            throw UnsupportedModel("its KV cache is not in a single lazy buffer");
        var kv = Kv.Select(
            (tensors, layer) => (Bytes: ComputeKvPartBytes(tensors),
                CanStream: survey.CanStreamKv && tensors.All(tensor =>
                    tensor.FirstLayer == layer && tensor.LastLayer == layer && !tensor.IsUsedDirectly)))
                .ToList();
        Demand = new TierDemand(
            CreateLayout(SharedWeights).Bytes,
            [.. Weights.Select(parts => parts.Select(part => CreateLayout(part).Bytes).ToList())],
            kv.Where(layer => !layer.CanStream).Sum(layer => layer.Bytes.Sum()),
            [.. kv.Select(layer => layer.CanStream ? layer.Bytes : [])]);
    }

    /// <summary>Weights that belong to no single layer and that every token needs completely.</summary>
    public IReadOnlyList<SurveyedTensor> SharedWeights { get; }

    /// <summary>Weights of which a token needs single rows: the token embeddings. The output matrix may have the same bytes.</summary>
    public IReadOnlyList<SurveyedTensor> Lookups { get; }

    /// <summary>Bytes of the weights that llama.cpp repacked.</summary>
    public long RepackedBytes { get; }

    /// <summary>The weights of each layer, grouped into the parts that are streamed together, the largest first.</summary>
    public IReadOnlyList<IReadOnlyList<IReadOnlyList<SurveyedTensor>>> Weights { get; }

    /// <summary>Keys and values of each layer, the larger tensor first.</summary>
    public IReadOnlyList<IReadOnlyList<SurveyedTensor>> Kv { get; }

    /// <summary>The buffers of the KV cache; several where some layers have a sliding window.</summary>
    public IReadOnlyList<nint> KvBuffers { get; }

    public TierDemand Demand { get; }

    /// <summary>The whole pages of the mapped file that contain weights.</summary>
    public (nint Address, long Bytes)? MappedRange { get; }

    /// <summary>Keys and values of each layer of a surveyed graph, the larger tensor first.</summary>
    /// <exception cref="TierException">The graph is not of a known form.</exception>
    public static IReadOnlyList<IReadOnlyList<SurveyedTensor>> ListKv(GraphSurvey survey)
    {
        if (survey.Problem is { } problem || survey.LayerCount == 0)
            throw UnsupportedModel(survey.Problem ?? "its graph names no layers");
        var layers = Enumerable.Range(0, survey.LayerCount)
            .Select(layer =>
                survey.Tensors.Where(tensor => tensor.Name == KvTensorName("k", layer) || tensor.Name == KvTensorName("v", layer))
            .OrderByDescending(tensor => Ggml.Bytes(tensor.Tensor)).ThenBy(tensor => tensor.Name, StringComparer.Ordinal).ToList())
            .ToList();
        return layers.TrueForAll(tensors => tensors.Count == 0) ? throw UnsupportedModel("its graph has no KV cache") : layers;
    }

    /// <summary>The location of some weights in the file and in the memory that they are read into together.</summary>
    public TensorGroupLayout CreateLayout(IEnumerable<SurveyedTensor> tensors) =>
        new(tensors.Select(tensor => (tensor.Name, _tensorRanges[tensor.Name].Offset, _tensorRanges[tensor.Name].Bytes)));

    /// <summary>Describes a layout of this model.</summary>
    public TierReport CreateReport(TierLayout layout, long budget) => new()
    {
        BudgetBytes = budget,
        PinnedWeightBytes = Demand.SharedWeightBytes + Demand.WeightPartBytes.Sum(layer => layer.Sum()) - layout.Weights.StreamedBytes,
        StreamedWeightBytes = layout.Weights.StreamedBytes,
        RepackedWeightBytes = RepackedBytes,
        PinnedKvBytes = Demand.UnstreamableKvBytes + Demand.KvPartBytes.Sum(layer => layer.Sum()) - layout.Kv.StreamedBytes,
        StreamedKvBytes = layout.Kv.StreamedBytes,
        RingBytes = layout.Weights.RingBytes + layout.Kv.RingBytes,
        RingSlots = Math.Max(layout.Weights.Slots, layout.Kv.Slots),
        IsEmulated = false,
        IsLocked = false,
    };

    // Each part is a separate read, so small tensors are joined with their neighbours up to the size of the largest tensor. The previous
    // part must be finished when the first tensor of a part is used, so tensors with overlapping uses are in the same part.
    private static List<List<SurveyedTensor>> GroupIntoParts(IEnumerable<SurveyedTensor> tensors,
        IReadOnlyDictionary<string, (long Offset, long Bytes)> file)
    {
        var ordered = tensors.OrderBy(tensor => tensor.FirstNode).ThenBy(tensor => tensor.LastNode).ToList();
        var maxBytes = ordered.Select(tensor => file[tensor.Name].Bytes).DefaultIfEmpty(0).Max();
        var parts = new List<List<SurveyedTensor>>();
        foreach (var tensor in ordered)
        {
            if (parts is [.., var last]
                && (tensor.FirstNode <= last.Max(other => other.LastNode)
                    || last.Append(tensor).Sum(other => file[other.Name].Bytes) <= maxBytes))
                last.Add(tensor);
            else
                parts.Add([tensor]);
        }
        return parts;
    }

    private static List<long> ComputeKvPartBytes(IEnumerable<SurveyedTensor> tensors) =>
        [.. tensors.Select(tensor => PageBuffer.RoundUp(Ggml.Bytes(tensor.Tensor)))];

    private static (nint Address, long Bytes)? ComputeMappedRange(nint mapping, IReadOnlyDictionary<string, (long Offset, long Bytes)> file)
    {
        var first = PageBuffer.RoundUp((long)mapping + file.Values.Min(place => place.Offset));
        var last = PageBuffer.RoundDown((long)mapping + file.Values.Max(place => place.Offset + place.Bytes));
        return last > first ? ((nint)first, last - first) : null;
    }

    private static string KvTensorName(string kind, int layer) => string.Create(CultureInfo.InvariantCulture, $"cache_{kind}_l{layer}");

    private static TierException UnsupportedModel(string what) =>
        new(TierProblem.UnsupportedModel, $"the tier cannot stream this model ({what})");
}
