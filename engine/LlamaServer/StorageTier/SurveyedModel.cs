using System.Globalization;
using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>What a survey found, sorted: weights by layer with their places in the file, keys and values by layer, and what all of it takes.</summary>
internal sealed unsafe class SurveyedModel
{
    private readonly long _mappedBytes;

    /// <exception cref="RefusedException">Something is not as the tier knows it.</exception>
    public SurveyedModel(GraphSurvey survey, IReadOnlyDictionary<string, (long Offset, long Bytes)> file)
    {
        if (survey.Problem is { } problem || survey.Layers == 0)
            throw Unknown(survey.Problem ?? "its graph names no layers");
        var layers = survey.Layers;
        var weights = survey.Tensors.Where(tensor => file.ContainsKey(tensor.Name)).ToList();
        foreach (var tensor in weights.Where(tensor => Ggml.Bytes(tensor.Tensor) != file[tensor.Name].Bytes))
            throw Unknown($"{tensor.Name} has {Ggml.Bytes(tensor.Tensor)} bytes in memory and {file[tensor.Name].Bytes} in the file");
        var mapping = weights.Select(tensor => tensor.Tensor->Data - (nint)file[tensor.Name].Offset).Distinct().ToList();
        if (mapping.Count != 1)
            throw Unknown("its weights are not mapped from the file in one piece");
        Mapped = Range(mapping[0], file);

        int Owner(SurveyedTensor tensor) => tensor.First == tensor.Last && tensor.First < layers ? tensor.First : layers;
        var held = weights.Where(tensor => !tensor.IsOnlyLookedUp).ToList();
        _mappedBytes = weights.Where(tensor => tensor.IsOnlyLookedUp).Select(tensor => tensor.Name).Except(held.Select(tensor => tensor.Name)).Sum(name => file[name].Bytes);
        Weights = [.. Enumerable.Range(0, layers + 1).Select(layer => held.Where(tensor => Owner(tensor) == layer).ToList())];
        Placements = [.. Weights.Select(group => new Placement(group.Select(tensor => (tensor.Name, file[tensor.Name].Offset, file[tensor.Name].Bytes))))];
        Kv = [.. Enumerable.Range(0, layers).Select(layer => survey.Tensors
            .Where(tensor => tensor.Name == Name("k", layer) || tensor.Name == Name("v", layer)).OrderBy(tensor => tensor.Name, StringComparer.Ordinal).ToList())];
        var buffers = Kv.SelectMany(tensors => tensors).Select(tensor => tensor.Tensor->Buffer).Distinct().ToList();
        if (buffers.Count != 1 || !LazyBuffers.Made(buffers[0]))
            throw Unknown("its KV cache does not lie in one buffer of ours");
        KvBuffer = buffers[0];
        Demand = new TierDemand(
            Placements[layers].Bytes,
            [.. Placements.Take(layers).Select(placement => placement.Bytes)],
            [.. Kv.Select(tensors => tensors.Sum(tensor => Pages.Up(Ggml.Bytes(tensor.Tensor))))],
            [.. Kv.Select((tensors, layer) => tensors.Count > 0 && tensors.All(tensor => tensor.First == layer && tensor.Last == layer && !tensor.IsUsedDirectly))]);
    }

    /// <summary>The weights of each layer, and at the end those that no layer owns.</summary>
    public IReadOnlyList<IReadOnlyList<SurveyedTensor>> Weights { get; }

    public IReadOnlyList<Placement> Placements { get; }

    /// <summary>Keys and values of each layer.</summary>
    public IReadOnlyList<IReadOnlyList<SurveyedTensor>> Kv { get; }

    public nint KvBuffer { get; }

    public TierDemand Demand { get; }

    /// <summary>The whole pages of the mapped file that hold weights.</summary>
    public (nint Address, long Bytes)? Mapped { get; }

    /// <summary>What a layout makes of it.</summary>
    public TierReport Report(TierLayout layout, long budget)
    {
        long Taken(IReadOnlyList<long> bytes, IReadOnlyList<int> layers) => layers.Sum(layer => bytes[layer]);
        long Slot(IReadOnlyList<long> bytes, IReadOnlyList<int> layers) => layers.Select(layer => bytes[layer]).DefaultIfEmpty(0).Max();
        var (weights, kv) = (Taken(Demand.WeightBytes, layout.StreamedWeights), Taken(Demand.KvBytes, layout.StreamedKv));
        return new TierReport
        {
            BudgetBytes = budget,
            PinnedWeightBytes = Demand.AlwaysBytes + Demand.WeightBytes.Sum() - weights,
            StreamedWeightBytes = weights,
            MappedWeightBytes = _mappedBytes,
            PinnedKvBytes = Demand.KvBytes.Sum() - kv,
            StreamedKvBytes = kv,
            RingBytes = layout.WeightSlots * Slot(Demand.WeightBytes, layout.StreamedWeights) + layout.KvSlots * Slot(Demand.KvBytes, layout.StreamedKv),
            RingSlots = Math.Max(layout.WeightSlots, layout.KvSlots),
            IsEmulated = false,
            IsLocked = false,
        };
    }

    private static (nint Address, long Bytes)? Range(nint mapping, IReadOnlyDictionary<string, (long Offset, long Bytes)> file)
    {
        var first = Pages.Up((long)mapping + file.Values.Min(place => place.Offset));
        var last = Pages.Down((long)mapping + file.Values.Max(place => place.Offset + place.Bytes));
        return last > first ? ((nint)first, last - first) : null;
    }

    private static string Name(string kind, int layer) => string.Create(CultureInfo.InvariantCulture, $"cache_{kind}_l{layer}");

    private static RefusedException Unknown(string what) =>
        new(501, $"tier: this model cannot be streamed by it ({what}); leave the tier out, or take a dense model such as Llama or Qwen");
}
