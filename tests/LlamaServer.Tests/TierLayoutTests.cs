using CsCheck;
using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.LlamaServer.Tests;

public sealed class TierLayoutTests
{
    private const long MiB = 1 << 20;

    // Sixteen layers of three large and two small matrices, and a cache of 64 MiB per layer.
    private static readonly TierDemand s_demand = new(66 * MiB,
        [.. Enumerable.Repeat<IReadOnlyList<long>>([18 * MiB, 18 * MiB, 18 * MiB, 4 * MiB, 1 * MiB], 16)], 0,
        [.. Enumerable.Repeat<IReadOnlyList<long>>([32 * MiB, 32 * MiB], 16)]);

    private static long Memory(TierDemand demand, TierLayout layout) => demand.SharedWeightBytes + demand.UnstreamableKvBytes
        + demand.WeightPartBytes.Sum(layer => layer.Sum()) - layout.Weights.StreamedBytes + layout.Weights.RingBytes
        + demand.KvPartBytes.Sum(layer => layer.Sum()) - layout.Kv.StreamedBytes + layout.Kv.RingBytes;

    [Fact]
    public void Plan_Room_NothingIsStreamed()
    {
        var layout = TierLayout.FindCheapest(s_demand, 4096 * MiB);
        Assert.Equal((0L, 0L, 0L), (layout.Weights.StreamedBytes, layout.Kv.StreamedBytes, layout.Weights.RingBytes + layout.Kv.RingBytes));
    }

    [Fact]
    public void Plan_LessRoom_SlotsHoldPartsOfLayers()
    {
        var layout = TierLayout.FindCheapest(s_demand with { KvPartBytes = [] }, 560 * MiB);
        // Ten whole layers and two slots for one layer would be 590 MiB per token.
        Assert.True(layout.Weights.StreamedBytes < 520 * MiB, $"{layout.Weights.StreamedBytes / MiB} MiB are streamed");
        Assert.Equal((18 * MiB, 3), (layout.Weights.SlotBytes, layout.Weights.Slots));
    }

    [Fact]
    public void Plan_ALittleTooMuchOfBoth_OnlyOneOfThemIsStreamed()
    {
        // A small part of every layer would be fewer bytes, but twice as many reads.
        var demand = s_demand with { KvPartBytes = [.. Enumerable.Repeat<IReadOnlyList<long>>([MiB / 2, MiB / 2], 16)] };
        var all = demand.SharedWeightBytes + demand.WeightPartBytes.Concat(demand.KvPartBytes).Sum(layer => layer.Sum());
        var layout = TierLayout.FindCheapest(demand, all - 8 * MiB);
        Assert.True(layout.Weights.StreamedBytes == 0 || layout.Kv.StreamedBytes == 0,
            $"{layout.Weights.StreamedBytes / MiB} and {layout.Kv.StreamedBytes / MiB} MiB are streamed");
    }

    [Fact]
    public void Plan_AnyBudgetFromTheLeast_FitsAndCostsNoMoreThanWithLess()
    {
        var least = Assert.Throws<TierException>(() => TierLayout.FindCheapest(s_demand, 0)).RequiredBytes!.Value;
        Gen.Long[least, 2500 * MiB].Sample(budget =>
        {
            var layout = TierLayout.FindCheapest(s_demand, budget);
            var more = TierLayout.FindCheapest(s_demand, budget + 10 * MiB);
            return Memory(s_demand, layout) <= budget
                && more.Weights.CostPerToken + more.Kv.CostPerToken <= layout.Weights.CostPerToken + layout.Kv.CostPerToken;
        }, iter: LongTests.Draws(60));
        Assert.Throws<TierException>(() => TierLayout.FindCheapest(s_demand, least - 1));
    }

    [Fact]
    public void Plan_LayersThatCannotBeStreamed_Stay()
    {
        var layout = TierLayout.FindCheapest(
            new TierDemand(0, [[4 * MiB]], 8 * MiB, [[], .. Enumerable.Repeat<IReadOnlyList<long>>([8 * MiB, 8 * MiB], 4)]), 60 * MiB);
        Assert.Equal([1, 2, 3, 4], layout.Kv.StreamedLayers);
        Assert.Equal(32 * MiB, layout.Kv.StreamedBytes);
        Assert.Throws<TierException>(() => TierLayout.FindCheapest(new TierDemand(0, [[1]], 8 * MiB, [[]]), 8 * MiB));
    }
}
