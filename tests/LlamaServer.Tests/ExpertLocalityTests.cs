using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>What is stored of a model's locality is what it has.</summary>
[Collection("native")]
public sealed class ExpertLocalityTests
{
    private static async Task<ExpertLocality> MeasureAsync(SyntheticSpec spec)
    {
        using var rig = TierRig.Open(await SyntheticModelCache.EnsureAsync(spec, TestFolder.Path), tier: null);
        var statistics = new RoutingStatistics(spec.Layers, spec.Experts!.Count);
        rig.Run(TinyModel.Tokens(512), 0);
        using (rig.Session.AddListener(new RoutingListener(statistics)))
        {
            var text = TinyModel.Tokens(400, seed: 2);
            for (var i = 0; i < text.Length; i++)
            {
                if (i == 100)
                    statistics.Restart();
                Assert.True(rig.Session.Decode([text[i]], wantLogits: true));
            }
        }
        Assert.Equal(300L * spec.Layers * spec.Experts.Used, statistics.Uses);
        return new ExpertLocality(statistics.HitsOfEighth / (double)statistics.Uses, statistics.HitsOfQuarter / (double)statistics.Uses);
    }

    // Another processor rounds differently, and a text of 300 tokens has its own chance.
    [LongFact]
    public async Task Stored_MoeSmall_IsWhatIsMeasured()
    {
        var stored = ExpertLocality.Find(SyntheticSpec.MoeSmall)!;
        var measured = await MeasureAsync(SyntheticSpec.MoeSmall);

        Assert.InRange(measured.HitsOfEighth, stored.HitsOfEighth - 0.05, stored.HitsOfEighth + 0.05);
        Assert.InRange(measured.HitsOfQuarter, stored.HitsOfQuarter - 0.05, stored.HitsOfQuarter + 0.05);
    }

    [Fact]
    public async Task Knob_Low_ExpertsAreChosenUniformly()
    {
        var measured = await MeasureAsync(SyntheticSpec.Parse("moe-small,layers=3,locality=0.1"));

        Assert.InRange(measured.HitsOfEighth, 0.09, 0.16);
        Assert.InRange(measured.HitsOfQuarter, 0.21, 0.30);
    }
}
