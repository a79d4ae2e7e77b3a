using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>
/// With experts that pass through a pool the scores are equal to the last bit to those of the standard system, for any memory.
/// </summary>
[Collection("native")]
public sealed class ExpertTierTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-expert-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private TierPlan Tier(long memory) => new() { Folder = _folder, MemoryBytes = memory };

    private long Least(string path, int batch)
    {
        var refusal = Assert.Throws<TierException>(() => TierRig.Open(path, Tier(1), batch: batch).Dispose());
        Assert.Equal(TierProblem.NotEnoughMemory, refusal.Problem);
        Assert.Contains("experts of a layer at once", refusal.Message);
        return refusal.RequiredBytes!.Value;
    }

    private static async Task<string> ModelAsync(string spec) =>
        await SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse(spec), TestFolder.Path);

    private const string Shape = "layers=4,embd=256,heads=4,kv=2,vocab=2048,experts=16,used=3";

    [Theory]
    [InlineData(Shape + ",expert-width=512,weights=q8_0", 64)] // slices of whole pages
    [LongData(Shape + ",expert-width=512,weights=q8_0,arch=qwen3moe", 5)]
    [LongData(Shape + ",expert-width=96,weights=q8_0", 64)] // others
    [LongData(Shape + ",expert-width=512,weights=f16,tied=false", 33)]
    [LongData(Shape + ",expert-width=512,weights=q4_0", 64)] // repacked
    [LongData(Shape + ",expert-width=96,weights=q4_0,arch=qwen3moe", 64)]
    public async Task Decode_FromTheLeastToAll_SameScoresToTheLastBit(string spec, int batch)
    {
        var path = await ModelAsync(spec);
        var prompt = TinyModel.Tokens(150);
        List<float[]> plain, again;
        using (var rig = TierRig.Open(path, tier: null, batch: batch))
        {
            plain = rig.Run(prompt, 12);
            rig.Session.KeepPrefix(100);
            again = rig.Run(TinyModel.Tokens(40, seed: 2), 5);
        }
        var least = Least(path, batch);
        var pools = new HashSet<long?>();
        foreach (var memory in (long[])[least, least + least / 4, least * 3 / 2, least * 2])
        {
            using var tier = TierRig.Open(path, Tier(memory), batch: batch);
            var report = tier.Session.Tier!.Report!;
            var before = tier.Session.Tier.Meter.Total;

            Assert.Equal(plain, tier.Run(prompt, 12));
            tier.Session.KeepPrefix(100);
            Assert.Equal(again, tier.Run(TinyModel.Tokens(40, seed: 2), 5));

            if (report.ExpertPoolBytes is not { } pool)
                continue;
            pools.Add(pool);
            Assert.True(report.PinnedWeightBytes + report.PinnedKvBytes + report.RingBytes + pool <= memory, $"{report}");
            var use = tier.Session.Tier.ExpertUse!.Value;
            Assert.True(use.Misses > 0 && use.Uses > use.Misses, $"{use}");
            Assert.True((tier.Session.Tier.Meter.Total - before).Read > 0);
        }
        Assert.True(pools.Count >= 2, string.Join(' ', pools));
    }
}
