using MemoryWall.LlamaServer.Inference;
using MemoryWall.Units;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>What the model and its context take.</summary>
/// <param name="AlwaysBytes">Weights that no layer owns and that every token needs as a whole.</param>
/// <param name="WeightParts">Weights of each layer, tensor by tensor, the largest first.</param>
/// <param name="FixedKvBytes">Keys and values of layers that cannot be streamed, with the window full.</param>
/// <param name="KvParts">Those of the other layers, tensor by tensor, the largest first.</param>
internal sealed record TierDemand(long AlwaysBytes, IReadOnlyList<IReadOnlyList<long>> WeightParts, long FixedKvBytes, IReadOnlyList<IReadOnlyList<long>> KvParts);

/// <summary>What passes through one ring.</summary>
/// <param name="Parts">How many parts of each layer are streamed, the largest first.</param>
/// <param name="Slots">Slots of the ring; 0 for none.</param>
/// <param name="SlotBytes">Room of a slot: the most that a layer streams.</param>
/// <param name="Bytes">What all layers stream.</param>
internal sealed record StreamPlan(IReadOnlyList<int> Parts, int Slots, long SlotBytes, long Bytes)
{
    // One computes while the next is read. More would be taken from what stays in memory, and what is streamed costs time for every token.
    private const int MostSlots = 2;

    /// <summary>The layers that stream something, in order.</summary>
    public IReadOnlyList<int> Layers { get; } = [.. Enumerable.Range(0, Parts.Count).Where(layer => Parts[layer] > 0)];

    public long RingBytes => Slots * SlotBytes;

    /// <summary>Whatever is worth a thought, from nothing to all.</summary>
    /// <param name="parts">The bytes of each layer's parts.</param>
    public static IEnumerable<StreamPlan> Choices(IReadOnlyList<IReadOnlyList<long>> parts)
    {
        StreamPlan Plan(IReadOnlyList<int> counts)
        {
            var bytes = counts.Select((count, layer) => parts[layer].Take(count).Sum()).ToList();
            return new StreamPlan(counts, Math.Min(MostSlots, counts.Count(count => count > 0)), bytes.DefaultIfEmpty(0).Max(), bytes.Sum());
        }

        yield return Plan([.. parts.Select(_ => 0)]);
        // Whole layers, spread evenly: between two of them those in memory give the next read its time.
        foreach (var some in Spread([.. Layered(parts, 0)]))
            yield return Plan([.. parts.Select((layer, i) => some.Contains(i) ? layer.Count : 0)]);
        // A little of every layer: the slots are smaller then, which leaves more room for what stays.
        for (var depth = 0; depth < parts.Select(layer => layer.Count).DefaultIfEmpty(0).Max(); depth++)
            foreach (var some in Spread([.. Layered(parts, depth)]))
                yield return Plan([.. parts.Select((layer, i) => Math.Min(layer.Count, some.Contains(i) ? depth + 1 : depth))]);
    }

    private static IEnumerable<int> Layered(IReadOnlyList<IReadOnlyList<long>> parts, int depth) => Enumerable.Range(0, parts.Count).Where(layer => parts[layer].Count > depth);

    private static IEnumerable<HashSet<int>> Spread(int[] layers) =>
        Enumerable.Range(1, layers.Length).Select(count => Enumerable.Range(1, count).Select(i => layers[(int)((long)i * layers.Length / count) - 1]).ToHashSet());
}

/// <summary>What stays in memory and what is streamed.</summary>
internal sealed record TierLayout(StreamPlan Weights, StreamPlan Kv)
{
    /// <summary>The layout that streams the fewest bytes for a token within the budget.</summary>
    /// <exception cref="RefusedException">Nothing fits; the message holds the least that would.</exception>
    public static TierLayout Plan(TierDemand demand, long budgetBytes)
    {
        var fixedBytes = demand.AlwaysBytes + demand.FixedKvBytes;
        var (weights, kv) = (Costs(demand.WeightParts), Costs(demand.KvParts));
        var fitting = from first in weights
                      from second in kv
                      where fixedBytes + first.Memory + second.Memory <= budgetBytes
                      select new TierLayout(first.Plan, second.Plan);
        return fitting.MinBy(layout => layout.Weights.Bytes + layout.Kv.Bytes) ?? throw new RefusedException(507, Refusal(demand, budgetBytes, fixedBytes + weights.Min(choice => choice.Memory) + kv.Min(choice => choice.Memory)));
    }

    private static List<(StreamPlan Plan, long Memory)> Costs(IReadOnlyList<IReadOnlyList<long>> parts)
    {
        var all = parts.Sum(layer => layer.Sum());
        return [.. StreamPlan.Choices(parts).Select(plan => (plan, all - plan.Bytes + plan.RingBytes))];
    }

    private static string Refusal(TierDemand demand, long budget, long least) => FormattableString.Invariant(
        $"tier: {new ByteSize(Math.Max(0, budget))} of memory are too little: {new ByteSize(demand.AlwaysBytes)} of weights are needed by every token, and the rings take the rest of the least of {new ByteSize(least)} ({least} bytes)");
}
