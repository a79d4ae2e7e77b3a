using MemoryWall.LlamaServer.Inference;
using MemoryWall.Units;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>What the model and its context take, by layer.</summary>
/// <param name="AlwaysBytes">Weights that no layer owns and that every token needs as a whole.</param>
/// <param name="WeightBytes">Weights of each layer.</param>
/// <param name="KvBytes">Keys and values of each layer, with the window full.</param>
/// <param name="CanStreamKv">Whether each layer's can be streamed.</param>
internal sealed record TierDemand(long AlwaysBytes, IReadOnlyList<long> WeightBytes, IReadOnlyList<long> KvBytes, IReadOnlyList<bool> CanStreamKv);

/// <summary>Which layers stay in memory and which are streamed.</summary>
/// <param name="StreamedWeights">The layers whose weights are streamed, in order.</param>
/// <param name="StreamedKv">The layers whose keys and values are streamed, in order.</param>
/// <param name="WeightSlots">Slots of the weights' ring; 0 for none.</param>
/// <param name="KvSlots">Slots of the KV ring; 0 for none.</param>
internal sealed record TierLayout(IReadOnlyList<int> StreamedWeights, IReadOnlyList<int> StreamedKv, int WeightSlots, int KvSlots)
{
    // One computes while the next is read. More would be taken from what stays in memory, and what is streamed costs time for every token.
    private const int Slots = 2;

    /// <summary>The layout that streams the fewest bytes for a token within the budget.</summary>
    /// <exception cref="RefusedException">Nothing fits; the message holds the least that would.</exception>
    public static TierLayout Plan(TierDemand demand, long budgetBytes)
    {
        var weights = Choices(demand.WeightBytes, [.. Enumerable.Range(0, demand.WeightBytes.Count)]);
        var kv = Choices(demand.KvBytes, [.. Enumerable.Range(0, demand.KvBytes.Count).Where(layer => demand.CanStreamKv[layer])]);
        (Choice Weights, Choice Kv)? best = null;
        foreach (var first in weights)
            foreach (var second in kv)
                if (demand.AlwaysBytes + first.Memory + second.Memory <= budgetBytes
                    && (best is null || first.Streamed + second.Streamed < best.Value.Weights.Streamed + best.Value.Kv.Streamed))
                    best = (first, second);
        if (best is not var (chosenWeights, chosenKv))
        {
            var least = demand.AlwaysBytes + weights.Min(choice => choice.Memory) + kv.Min(choice => choice.Memory);
            throw new RefusedException(507, FormattableString.Invariant(
                $"tier: {new ByteSize(Math.Max(0, budgetBytes))} of memory are too little: {new ByteSize(demand.AlwaysBytes)} of weights are needed by every token, and the rings take the rest of the least of {new ByteSize(least)} ({least} bytes)"));
        }
        return new TierLayout(chosenWeights.Layers, chosenKv.Layers, chosenWeights.Slots, chosenKv.Slots);
    }

    // Streaming 0, 1, … layers, spread evenly: between two streamed layers those in memory give the next read its time.
    private static List<Choice> Choices(IReadOnlyList<long> bytes, int[] layers)
    {
        var all = bytes.Sum();
        var choices = new List<Choice> { new([], 0, all, 0) };
        for (var count = 1; count <= layers.Length; count++)
        {
            int[] streamed = [.. Enumerable.Range(1, count).Select(i => layers[(int)((long)i * layers.Length / count) - 1])];
            var (slots, taken) = (Math.Min(Slots, count), streamed.Sum(layer => bytes[layer]));
            choices.Add(new Choice(streamed, slots, all - taken + slots * streamed.Max(layer => bytes[layer]), taken));
        }
        return choices;
    }

    private sealed record Choice(int[] Layers, int Slots, long Memory, long Streamed);
}
