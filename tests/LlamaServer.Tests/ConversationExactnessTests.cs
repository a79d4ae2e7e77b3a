using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>The scores after a prompt whose beginning comes from a copy or from storage are those of a computed prompt to the last
/// bit.</summary>
[Collection("native")]
public sealed class ConversationExactnessTests : IDisposable
{
    private const int Generated = 6;
    private const long Streaming = 20 << 20;
    private const long Resident = 1 << 30;
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-exactness-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [LongData(CachePolicy.Ram, "f16", 128)]
    [LongData(CachePolicy.Ram, "q4_0", 48)]
    [LongData(CachePolicy.Tier, "f16", 64)]
    [InlineData(CachePolicy.Tier, "q8_0", 128)]
    [LongData(CachePolicy.Recompute, "f16", 128)]
    public Task Turns_OfSeveralUsers_AreThoseOfComputedPrompts(CachePolicy policy, string kvType, int batch) =>
        CheckAsync(new ConversationPlan(policy, null), policy == CachePolicy.Tier ? Resident : null, kvType, batch);

    [LongTheory]
    [InlineData(Resident, "q4_0", 48)]
    [InlineData(Streaming, "f16", 128)]
    [InlineData(Streaming, "q8_0", 64)]
    public Task Turns_WithoutMemoryForCopies_AreLoadedAndThoseOfComputedPrompts(long memory, string kvType, int batch) =>
        CheckAsync(new ConversationPlan(CachePolicy.Tier, 0), memory, kvType, batch);

    private async Task CheckAsync(ConversationPlan plan, long? memory, string kvType, int batch)
    {
        var path = await SyntheticModelCache.EnsureAsync(
            SyntheticSpec.Parse("layers=8,embd=128,heads=4,kv=2,ff=256,vocab=2048,weights=q8_0,ctx=65536"), TestFolder.Path);
        var (users, turns) = (3, 3);
        // The lengths are no multiples of a batch, and the conversations begin alike.
        int[] Prompt(int user, int turn) => [.. TinyModel.Tokens(150, 99), .. TinyModel.Tokens(130 + 37 * user + 190 * turn, user)];
        var expected = new List<List<float[]>>();
        using (var computed = TierRig.Open(path, null, kvType, batch))
            for (var turn = 0; turn < turns; turn++)
                for (var user = 1; user <= users; user++)
                {
                    computed.Session.KeepPrefix(0);
                    expected.Add([.. computed.Run(Prompt(user, turn), Generated).TakeLast(Generated + 1)]);
                }
        var tier = memory is { } bytes ? new TierPlan { Folder = _folder, MemoryBytes = bytes } : null;
        using var rig = TierRig.Open(path, tier, kvType, batch, conversations: plan);
        var conversations = rig.Session.Conversations!;
        var (copied, loaded, evicted) = (0, 0, 0);
        for (var (turn, at) = (0, 0); turn < turns; turn++)
            for (var user = 1; user <= users; user++)
            {
                var prompt = Prompt(user, turn);
                var change = conversations.Begin(prompt, usesCache: true, wholeBatches: true)!;
                Assert.Equal(change.KeptTokens, rig.Session.CachedTokens.Count);
                Assert.Equal(0, change.KeptTokens % batch);
                var scores = rig.Run(prompt.AsSpan(change.KeptTokens), Generated).TakeLast(Generated + 1);
                Assert.Equal(expected[at++], scores);
                var report = conversations.TakeReport(change);
                Assert.Null(report.Note);
                (copied, loaded, evicted) = (copied + change.CopiedTokens, loaded + change.LoadedTokens, evicted + report.Evictions!.Value);
                conversations.EndAnswer(() => false);
                if (turn > 0 && plan.Policy != CachePolicy.Recompute)
                    Assert.Equal(Prompt(user, turn - 1).Length / batch * batch, change.KeptTokens);
            }
        Assert.Equal((plan.Policy != CachePolicy.Recompute && plan.RamBytes != 0, plan.RamBytes == 0, plan.Policy == CachePolicy.Recompute),
            (copied > 0, loaded > 0, evicted > 0));
    }
}
