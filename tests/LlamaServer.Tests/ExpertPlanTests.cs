using MemoryWall.LlamaServer.StorageTier;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>What a pool of experts takes beside its slots.</summary>
public sealed class ExpertPlanTests
{
    private const int Count = 128;
    private const int Used = 8;
    private const long SliceBytes = 1 << 20;

    // Whole pages, and one more, because an expert may begin anywhere in a page.
    private const long SlotBytes = SliceBytes + 4096;

    private static readonly ExpertLayer[] s_layers =
        [.. Enumerable.Range(0, 24).Select(layer => new ExpertLayer(layer, Count, Used, [new ExpertTensor(0, $"{layer}", SliceBytes)]))];

    private static readonly TierDemand s_nothingElse = new(0, [], 0, []);

    // For each slot, llama.cpp has 8 bytes for every choice of a batch.
    [Theory]
    [InlineData(32)]
    [InlineData(512)]
    [InlineData(2048)]
    public void Create_PoolAndWorkMemory_TakeTheBudgetTogether(int batch)
    {
        const long Budget = 1L << 30;
        var plan = ExpertPlan.Create(s_layers, s_nothingElse, Budget, batch, mayRepack: false);

        Assert.True(plan.Slots * (SlotBytes + 8L * Used * batch) <= Budget, $"{plan.Slots} slots");
        Assert.True((plan.Slots + 1) * (SlotBytes + 8L * Used * batch) > Budget, $"{plan.Slots} slots");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)] // all experts of a layer
    public void Create_ExpertsThatMayBeRepacked_HaveRoomForAWholeWeight(int batch)
    {
        var required = Assert.Throws<TierException>(() => Create(0, mayRepack: true)).RequiredBytes!.Value;

        Assert.True(required > Count * SliceBytes, $"{required}");
        Assert.True(Create(required, mayRepack: true).Slots >= Math.Min(Count, Used * batch));
        if (batch < 16)
            Assert.True(Assert.Throws<TierException>(() => Create(0, mayRepack: false)).RequiredBytes < Count * SliceBytes);

        ExpertPlan Create(long budget, bool mayRepack) => ExpertPlan.Create(s_layers, s_nothingElse, budget, batch, mayRepack);
    }
}
