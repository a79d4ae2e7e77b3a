using MemoryWall.Core.Units;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>What the model and its context take.</summary>
/// <param name="SharedWeightBytes">Weights that no layer owns and that every token needs as a whole.</param>
/// <param name="WeightPartBytes">Weights of each layer, part by part, the largest first. A part is streamed as one and takes a slot by
/// itself.</param>
/// <param name="UnstreamableKvBytes">Keys and values of layers that cannot be streamed, with the window full.</param>
/// <param name="KvPartBytes">Those of the other layers, tensor by tensor, the largest first. What is streamed of a layer takes a slot
/// together.</param>
internal sealed record TierDemand(long SharedWeightBytes, IReadOnlyList<IReadOnlyList<long>> WeightPartBytes, long UnstreamableKvBytes,
    IReadOnlyList<IReadOnlyList<long>> KvPartBytes);

/// <summary>What passes through one ring.</summary>
/// <param name="StreamedParts">How many parts of each layer are streamed, the largest first.</param>
/// <param name="Slots">Slots of the ring; 0 for none.</param>
/// <param name="SlotBytes">Room of a slot: the most that it takes.</param>
/// <param name="StreamedBytes">What all layers stream.</param>
/// <param name="ReadsPerToken">How many reads that is for a token.</param>
internal sealed record StreamPlan(IReadOnlyList<int> StreamedParts, int Slots, long SlotBytes, long StreamedBytes, int ReadsPerToken)
{
    // One computes, one is there, and one is on its way: while a model computes on all processors the ring's thread gets one late. More
    // would be taken from what stays in memory.
    private const int DefaultSlots = 3;

    // One computes while the next is read, and the computation waits where that comes late: a token was seen to take a fifth longer.
    private const int MinSlots = 2;
    private const double MinSlotsCostFactor = 1.2;

    // What the device could have read while it waits for the next order: 0.1 to 0.2 ms at some GB/s.
    private const long ReadOverheadBytes = 512 << 10;

    /// <summary>The layers that stream something, in order.</summary>
    public IReadOnlyList<int> StreamedLayers { get; } = [
        .. Enumerable.Range(0, StreamedParts.Count).Where(layer => StreamedParts[layer] > 0)];

    public long RingBytes => Slots * SlotBytes;

    /// <summary>What streaming costs for a token, in bytes that could be read in the same time.</summary>
    public double CostPerToken => (StreamedBytes + ReadsPerToken * ReadOverheadBytes) * (Slots == MinSlots ? MinSlotsCostFactor : 1);

    /// <summary>Whatever is worth a thought, from nothing to all.</summary>
    /// <param name="parts">The bytes of each layer's parts.</param>
    /// <param name="oneSlotPerLayer">Whether what is streamed of a layer takes one slot; otherwise each part takes its own.</param>
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
        // Whole layers, spread evenly: between two of them those in memory give the next read its time.
        foreach (var some in EnumerateEvenSpreads([.. LayersDeeperThan(parts, 0)]))
            yield return [.. parts.Select((layer, i) => some.Contains(i) ? layer.Count : 0)];
        // A little of every layer: slots that hold a whole layer are smaller then, which leaves more room for what stays.
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

/// <summary>What stays in memory and what is streamed.</summary>
internal sealed record TierLayout(StreamPlan Weights, StreamPlan Kv)
{
    /// <summary>The layout within the budget that costs a token the least.</summary>
    /// <exception cref="TierException">Nothing fits; the message holds the least that would.</exception>
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
        return new TierException(TierProblem.NotEnoughMemory, FormattableString.Invariant(
            $"a memory budget of {given} is too small: every token needs {shared} of weights, and with the rings at least {needed} ({required} bytes)"))
        {
            RequiredBytes = required,
            AvailableBytes = available
        };
    }
}
