using System.Globalization;
using MemoryWall.Core.Units;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>How many experts a pool holds beside a layout of everything else.</summary>
/// <param name="Layers">The layers with experts.</param>
/// <param name="Slots">Number of slots.</param>
/// <param name="Rest">The layout of everything else.</param>
internal sealed record ExpertPlan(IReadOnlyList<ExpertLayer> Layers, int Slots, TierLayout Rest)
{
    /// <summary>Everything else stays in memory as far as the smallest pool leaves room, because every token needs it; the pool gets what
    /// is left.</summary>
    /// <param name="layers">The layers with experts.</param>
    /// <param name="demand">Everything else.</param>
    /// <param name="budgetBytes">The memory.</param>
    /// <param name="batchTokens">The most tokens of a batch.</param>
    /// <exception cref="TierException">The budget is too small; the exception has the smallest one.</exception>
    public static ExpertPlan Create(IReadOnlyList<ExpertLayer> layers, TierDemand demand, long budgetBytes, int batchTokens)
    {
        // Where an expert begins within a page is not known yet: it may be repacked or copied.
        var slotBytes = layers.Max(layer => layer.Tensors.Sum(tensor => PageBuffer.RoundUp(tensor.SliceBytes) + PageBuffer.PageSize));
        var minSlots = (int)layers.Max(layer => Math.Min(layer.Count, (long)layer.Used * batchTokens));
        var minPoolBytes = minSlots * slotBytes;
        try
        {
            var rest = TierLayout.FindCheapest(demand, budgetBytes - minPoolBytes);
            var slots = Math.Min(layers.Sum(layer => layer.Count), (budgetBytes - rest.CountMemory(demand)) / slotBytes);
            return new ExpertPlan(layers, (int)slots, rest);
        }
        catch (TierException refusal) when (refusal.Problem == TierProblem.NotEnoughMemory)
        {
            var required = refusal.RequiredBytes!.Value + minPoolBytes;
            throw new TierException(TierProblem.NotEnoughMemory, string.Create(CultureInfo.InvariantCulture,
                $"a memory budget of {new ByteSize(Math.Max(0, budgetBytes))} is too small: a batch of {batchTokens} tokens can use "
                + $"{minSlots} experts of a layer at once, which take {new ByteSize(minPoolBytes)}, and with everything else at least "
                + $"{new ByteSize(required)} ({required} bytes); smaller batches need fewer"))
            {
                RequiredBytes = required,
                AvailableBytes = Math.Max(0, budgetBytes)
            };
        }
    }
}
