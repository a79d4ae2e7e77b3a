using System.Globalization;
using MemoryWall.Core.Units;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>How many experts a pool holds beside a layout of everything else.</summary>
/// <param name="Layers">The layers with experts.</param>
/// <param name="Slots">Number of slots.</param>
/// <param name="Rest">The layout of everything else.</param>
internal sealed record ExpertPlan(IReadOnlyList<ExpertLayer> Layers, int Slots, TierLayout Rest)
{
    // llama.cpp sizes its work memory by the number of slots: two numbers for each slot and each choice of a batch. Little of it is
    // touched, but with huge pages for every program all of it is in memory.
    private const int WorkBytesPerChoice = 2 * sizeof(int);

    /// <summary>Everything else stays in memory as far as the smallest pool leaves room, because every token needs it; the pool gets what
    /// is left.</summary>
    /// <param name="layers">The layers with experts.</param>
    /// <param name="demand">Everything else.</param>
    /// <param name="budgetBytes">The memory.</param>
    /// <param name="batchTokens">The most tokens of a batch.</param>
    /// <param name="mayRepack">Whether llama.cpp may repack the experts on loading.</param>
    /// <exception cref="TierException">The budget is too small; the exception has the smallest one.</exception>
    public static ExpertPlan Create(IReadOnlyList<ExpertLayer> layers, TierDemand demand, long budgetBytes, int batchTokens,
        bool mayRepack)
    {
        // Where an expert begins within a page is not known yet: it may be repacked or copied.
        var slotBytes = layers.Max(layer => layer.Tensors.Sum(tensor => PageBuffer.RoundUp(tensor.SliceBytes) + PageBuffer.PageSize))
            + layers.Max(layer => (long)layer.Used) * batchTokens * WorkBytesPerChoice;
        var minSlots = (int)layers.Max(layer => Math.Min(layer.Count, (long)layer.Used * batchTokens));
        // A weight is repacked as a whole before the pool takes its memory.
        var repackBytes = mayRepack
            ? layers.Max(layer => layer.Tensors.Max(tensor => tensor.SliceBytes * layer.Count)) + RepackedWeights.ScratchMargin : 0;
        var minPoolBytes = Math.Max(minSlots * slotBytes, repackBytes);
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
                + $"{minSlots} experts of a layer at once, which take {new ByteSize(minSlots * slotBytes)}, and with everything else at "
                + $"least {new ByteSize(required)} ({required} bytes); smaller batches need fewer"))
            {
                RequiredBytes = required,
                AvailableBytes = Math.Max(0, budgetBytes)
            };
        }
    }
}
