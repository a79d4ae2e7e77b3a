using System.Globalization;
using MemoryWall.Core.Units;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Sizes of the parts of a model and its context.</summary>
/// <param name="SharedWeightBytes">Weights that belong to no single layer and that every token needs completely.</param>
/// <param name="WeightPartBytes">Weights of each layer, part by part, the largest first. A part is streamed as a whole and takes a slot of
/// its own.</param>
/// <param name="UnstreamableKvBytes">Keys and values of layers that cannot be streamed, for a full window.</param>
/// <param name="KvPartBytes">Keys and values of the other layers, tensor by tensor, the largest first. The streamed tensors of a layer
/// share a slot.</param>
internal sealed record TierDemand(long SharedWeightBytes, IReadOnlyList<IReadOnlyList<long>> WeightPartBytes, long UnstreamableKvBytes,
    IReadOnlyList<IReadOnlyList<long>> KvPartBytes)
{
    /// <summary>Whether everything fits into some memory.</summary>
    public bool FitsInto(long budgetBytes) => SharedWeightBytes + UnstreamableKvBytes
        + WeightPartBytes.Concat(KvPartBytes).Sum(layer => layer.Sum()) <= budgetBytes;
}

/// <summary>The plan of one ring.</summary>
/// <param name="StreamedParts">How many parts of each layer are streamed, the largest first.</param>
/// <param name="Slots">Number of slots; 0 for no ring.</param>
/// <param name="SlotBytes">Size of a slot: that of the largest item.</param>
/// <param name="StreamedBytes">Bytes that a pass over all layers streams.</param>
/// <param name="ReadsPerToken">Number of reads per token.</param>
internal sealed record StreamPlan(IReadOnlyList<int> StreamedParts, int Slots, long SlotBytes, long StreamedBytes, int ReadsPerToken)
{
    // One slot computes, one is ready, and one is being read: while a model computes on all cores, the ring's thread is scheduled late.
    // More slots would take memory from the pinned layers.
    private const int DefaultSlots = 3;

    // One slot computes while the other is read, and the computation waits if the read is late: tokens were measured to take 20% longer.
    private const int MinSlots = 2;
    private const double MinSlotsCostFactor = 1.2;

    // Bytes that the device could read during the overhead of one read: 0.1 to 0.2 ms at some GB/s.
    private const long ReadOverheadBytes = 512 << 10;

    /// <summary>The layers of which parts are streamed, in order.</summary>
    public IReadOnlyList<int> StreamedLayers { get; } = [
        .. Enumerable.Range(0, StreamedParts.Count).Where(layer => StreamedParts[layer] > 0)];

    /// <summary>Memory of the slots together.</summary>
    public long RingBytes => PageBuffer.RoundUpToHugePages(Slots * SlotBytes);

    /// <summary>Cost of streaming per token, in bytes that could be read in the same time.</summary>
    public double CostPerToken => (StreamedBytes + ReadsPerToken * ReadOverheadBytes) * (Slots == MinSlots ? MinSlotsCostFactor : 1);

    /// <summary>The candidate plans, from streaming nothing to streaming everything.</summary>
    /// <param name="parts">Bytes of each layer's parts.</param>
    /// <param name="oneSlotPerLayer">Whether the streamed parts of a layer share a slot; otherwise each part has its own.</param>
    public static IEnumerable<StreamPlan> EnumerateCandidates(IReadOnlyList<IReadOnlyList<long>> parts, bool oneSlotPerLayer)
    {
        foreach (var counts in EnumeratePartCounts(parts))
        {
            var layers = counts.Select((count, layer) => parts[layer].Take(count)).ToList();
            var passing = (oneSlotPerLayer
                ? layers.Where(layer => layer.Any()).Select(layer => layer.Sum())
                : layers.SelectMany(layer => layer)).ToList();
            var plan = new StreamPlan(counts, Math.Min(DefaultSlots, passing.Count), passing.DefaultIfEmpty(0).Max(), passing.Sum(),
                counts.Sum());
            yield return plan;
            if (plan.Slots > MinSlots)
                yield return plan with { Slots = MinSlots };
        }
    }

    private static IEnumerable<IReadOnlyList<int>> EnumeratePartCounts(IReadOnlyList<IReadOnlyList<long>> parts)
    {
        yield return [.. parts.Select(_ => 0)];
        // Whole layers, evenly spread: the pinned layers between them give the next read time.
        foreach (var some in EnumerateEvenSpreads([.. LayersDeeperThan(parts, 0)]))
            yield return [.. parts.Select((layer, i) => some.Contains(i) ? layer.Count : 0)];
        // Some parts of every layer: the slots are smaller, which leaves more memory for pinned parts.
        for (var depth = 0; depth < parts.Select(layer => layer.Count).DefaultIfEmpty(0).Max(); depth++)
            foreach (var some in EnumerateEvenSpreads([.. LayersDeeperThan(parts, depth)]))
                yield return [.. parts.Select((layer, i) => Math.Min(layer.Count, some.Contains(i) ? depth + 1 : depth))];
    }

    private static IEnumerable<int> LayersDeeperThan(IReadOnlyList<IReadOnlyList<long>> parts, int depth) =>
        Enumerable.Range(0, parts.Count).Where(layer => parts[layer].Count > depth);

    private static IEnumerable<HashSet<int>> EnumerateEvenSpreads(int[] layers) =>
        Enumerable.Range(1, layers.Length)
            .Select(count => Enumerable.Range(1, count).Select(i => layers[(int)((long)i * layers.Length / count) - 1]).ToHashSet());
}

/// <summary>Which parts stay in memory and which are streamed.</summary>
internal sealed record TierLayout(StreamPlan Weights, StreamPlan Kv)
{
    /// <summary>Memory that weights, KV cache and rings take in this layout.</summary>
    public long CountMemory(TierDemand demand) => demand.SharedWeightBytes + demand.UnstreamableKvBytes
        + demand.WeightPartBytes.Concat(demand.KvPartBytes).Sum(layer => layer.Sum()) - Weights.StreamedBytes - Kv.StreamedBytes
        + Weights.RingBytes + Kv.RingBytes;

    /// <summary>The layout within the budget with the lowest cost per token.</summary>
    /// <exception cref="TierException">No layout fits; the exception has the smallest budget that would.</exception>
    public static TierLayout FindCheapest(TierDemand demand, long budgetBytes)
    {
        var fixedBytes = demand.SharedWeightBytes + demand.UnstreamableKvBytes;
        var (weights, kv) = (EnumeratePlans(demand.WeightPartBytes, together: false), EnumeratePlans(demand.KvPartBytes, together: true));
        var fitting = from first in weights
                      from second in kv
                      where fixedBytes + first.Memory + second.Memory <= budgetBytes
                      select new TierLayout(first.Plan, second.Plan);
        return fitting.MinBy(layout => layout.Weights.CostPerToken + layout.Kv.CostPerToken) ?? throw CreateRefusal(demand, budgetBytes,
            fixedBytes + weights.Min(choice => choice.Memory) + kv.Min(choice => choice.Memory));
    }

    private static List<(StreamPlan Plan, long Memory)> EnumeratePlans(IReadOnlyList<IReadOnlyList<long>> parts, bool together)
    {
        var all = parts.Sum(layer => layer.Sum());
        return [.. StreamPlan.EnumerateCandidates(parts, together).Select(plan => (plan, all - plan.StreamedBytes + plan.RingBytes))];
    }

    private static TierException CreateRefusal(TierDemand demand, long budget, long required)
    {
        var available = Math.Max(0, budget);
        var (given, shared, needed) = (new ByteSize(available), new ByteSize(demand.SharedWeightBytes), new ByteSize(required));
        return new TierException(TierProblem.NotEnoughMemory, string.Create(CultureInfo.InvariantCulture,
            $"a memory budget of {given} is too small: every token needs {shared} of weights, "
            + $"and with the rings at least {needed} ({required} bytes)"))
        {
            RequiredBytes = required,
            AvailableBytes = available
        };
    }
}
