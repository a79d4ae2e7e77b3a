using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Models.Synthetic;

namespace MemoryWall.LlamaServer.Tests;

/// <summary>
/// With the tier the results are equal to the last bit, and the bytes really pass through storage. Native code: one test at a time.
/// </summary>
[Collection("native")]
public sealed class TierTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-tier-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private TierPlan Tier(long memory) => new() { Folder = _folder, MemoryBytes = memory };

    // The smallest budget that the planner accepts; the error for a smaller budget names it.
    private long Least(string path, string kvType, int batch = 128, bool repack = true)
    {
        var refusal = Assert.Throws<TierException>(() => TierRig.Open(path, Tier(1), kvType, batch, repack));
        Assert.Equal(TierProblem.NotEnoughMemory, refusal.Problem);
        return refusal.RequiredBytes!.Value;
    }

    private static async Task<string> ModelAsync(string spec) =>
        await SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse(spec), TestFolder.Path);

    [Theory]
    [InlineData("nano", "f16", 128, true)]
    [LongData("nano", "q8_0", 128, true)]
    [LongData("nano", "q4_0", 128, true)]
    [LongData("nano", "f16", 7, true)]
    [LongData("nano", "q8_0", 512, false)]
    [LongData("nano,tied=false", "f16", 128, true)]
    [LongData("nano,weights=q8_0,tied=false", "f16", 128, true)]
    [LongData("nano,weights=f16", "f16", 33, true)]
    [LongData("small", "f16", 128, false)]
    [LongData("small", "q4_0", 256, true)]
    public async Task Decode_LeastMemory_SameScoresToTheLastBit(string model, string kvType, int batch, bool repack)
    {
        var path = await ModelAsync(model);
        var prompt = TinyModel.Tokens(300);
        List<float[]> plain, again;
        using (var rig = TierRig.Open(path, tier: null, kvType, batch, repack))
        {
            plain = rig.Run(prompt, 12);
            rig.Session.KeepPrefix(200);
            again = rig.Run(TinyModel.Tokens(150, seed: 2), 5);
        }
        using var tier = TierRig.Open(path, Tier(Least(path, kvType, batch, repack)), kvType, batch, repack);
        var before = tier.Session.Tier!.Meter.Total;

        var streamed = tier.Run(prompt, 12);
        tier.Session.KeepPrefix(200);
        var streamedAgain = tier.Run(TinyModel.Tokens(150, seed: 2), 5);

        Assert.Equal(plain, streamed);
        Assert.Equal(again, streamedAgain);
        var report = tier.Session.Tier.Report!;
        var moved = tier.Session.Tier.Meter.Total - before;
        Assert.True(report.StreamedWeightBytes > 0 && report.StreamedKvBytes > 0, $"{report}");
        Assert.Null(report.RepackNote);
        Assert.True(moved.Read > report.StreamedWeightBytes * 10, $"{moved}");
        Assert.True(moved.Written > 0, $"{moved}");
    }

    [LongFact]
    public async Task Decode_FromTheLeastToAll_EveryLayoutGivesTheSameScores()
    {
        var path = await ModelAsync("nano,weights=q8_0");
        var prompt = TinyModel.Tokens(200);
        List<float[]> plain;
        using (var rig = TierRig.Open(path, tier: null))
            plain = rig.Run(prompt, 6);
        var least = Least(path, "f16");
        var layouts = new HashSet<(long?, long?)>();
        for (var memory = least; ; memory += least / 16)
        {
            using var rig = TierRig.Open(path, Tier(memory));
            var report = rig.Session.Tier!.Report!;
            if (layouts.Add((report.StreamedWeightBytes, report.StreamedKvBytes)))
                Assert.Equal(plain, rig.Run(prompt, 6));
            Assert.True(report.PinnedWeightBytes + report.PinnedKvBytes + report.RingBytes <= memory, $"{report}");
            if (report.StreamedWeightBytes + report.StreamedKvBytes == 0)
                break;
        }
        Assert.True(layouts.Count > 5, $"{layouts.Count} layouts");
    }

    [Fact]
    public async Task Decode_StoppedInTheMiddle_TheNextPromptIsRight()
    {
        var path = await ModelAsync("nano");
        var prompt = TinyModel.Tokens(200);
        using var tier = TierRig.Open(path, Tier(Least(path, "f16")));
        var expected = tier.Run(prompt, 4);
        for (var i = 0; i < 5; i++)
        {
            tier.Session.KeepPrefix(0);
            var stopped = Task.Run(async () =>
            {
                await Task.Delay(5 * i);
                tier.Session.Abort.Request();
            });
            while (!stopped.IsCompleted)
                _ = tier.Session.Decode(TinyModel.Tokens(64, seed: i), wantLogits: true) || tier.Session.CachedTokens.Count == 0;
            await stopped;
            tier.Session.Abort.Clear();
            tier.Session.KeepPrefix(0);
            Assert.Equal(expected, tier.Run(prompt, 4));
        }
    }

    [Theory]
    [InlineData("f16", false)]
    [LongData("q8_0", false)]
    [LongData("q4_0", false)]
    [LongData("f16", true)]
    public async Task Resume_SavedState_SameScoresAsComputed(string kvType, bool pinned)
    {
        var path = await ModelAsync("nano");
        var prompt = TinyModel.Tokens(300);
        var memory = pinned ? 1L << 30 : Least(path, kvType, 100);
        List<float[]> expected;
        using (var rig = TierRig.Open(path, Tier(memory), kvType, batch: 100))
        {
            expected = rig.Run(prompt, 5);
            rig.Session.RollBack(prompt.Length);
            var saved = rig.SaveState();
            Assert.Null(saved.Note);
            Assert.Equal(saved.Bytes,
                Assert.Single(Directory.GetFiles(_folder, "memwall-state-*.kv").Select(file => new FileInfo(file).Length)));
        }
        using var again = TierRig.Open(path, Tier(memory), kvType, batch: 100);
        again.Run(TinyModel.Tokens(250, seed: 3), 3);

        // A prompt that continues after the state. The state's last batch is complete, so the operations are the same.
        var resumed = again.Session.ResumeState([.. prompt, 500])!;

        Assert.Equal((300, (string?)null), (resumed.Tokens, resumed.Note));
        List<float[]> plain;
        using (var rig = TierRig.Open(path, tier: null, kvType, batch: 100))
        {
            rig.Run(prompt, 0);
            plain = rig.Run([500], 5);
        }
        Assert.Equal(plain, again.Run([500], 5));
        Assert.Equal(300 + 6, again.Session.CachedTokens.Count);
        Assert.Equal(prompt, again.Session.CachedTokens[..300]);
        // The state's own prompt: all of it is resumed, with the scores after it.
        Assert.Equal(300, again.Session.ResumeState(prompt)!.Tokens);
        Assert.Equal(expected[2], again.Session.Logits(0).ToArray());
    }

    // A token that is computed by itself differs from the same token in a batch, so what is computed after a state must be in the batches
    // of a computed prompt.
    [Theory]
    [LongData("f16", 100, true)]
    [InlineData("f16", 512, false)]
    [LongData("q8_0", 128, true)]
    [LongData("q8_0", 100, false)]
    [LongData("q4_0", 512, true)]
    [LongData("q4_0", 128, false)]
    public async Task Resume_OwnOrLongerPrompt_ScoresOfTheComputedPromptToTheLastBit(string kvType, int batch, bool streams)
    {
        var path = await ModelAsync("nano");
        var memory = streams ? Least(path, kvType, batch) : 1L << 30;
        int[] all = TinyModel.Tokens(800), contexts = [90, 300, 512];
        var expected = new Dictionary<int, (List<float[]> Own, List<float[]> Longer)>();
        using (var rig = TierRig.Open(path, Tier(memory), kvType, batch))
            foreach (var context in contexts)
            {
                var own = rig.Run(all.AsSpan(0, context), 4);
                rig.Session.RollBack(context);
                Assert.Null(rig.SaveState().Note);
                rig.Session.KeepPrefix(0);
                expected[context] = (own, rig.Run(all.AsSpan(0, context + 130), 3));
                rig.Session.KeepPrefix(0);
            }
        using var again = TierRig.Open(path, Tier(memory), kvType, batch);
        foreach (var context in contexts)
        {
            var (own, longer) = expected[context];

            Assert.Equal(context, again.Session.ResumeState(all[..context])!.Tokens);

            var last = again.Session.Logits(0).ToArray();
            Assert.Equal(own[^5], last);
            Assert.Equal(own[^4..], again.Run([], 4, last));

            var resumed = again.Session.ResumeState(all[..(context + 130)])!.Tokens;
            Assert.Equal(context / batch * batch, resumed);
            var rest = again.Run(all.AsSpan(resumed, context + 130 - resumed), 3);
            Assert.Equal(longer[^rest.Count..], rest);
        }
    }

    [Theory]
    [LongData(100)]
    [InlineData(5000)]
    [LongData(-1)]
    public async Task Resume_DamagedState_IsNotLoadedAndDeleted(int at)
    {
        var path = await ModelAsync("nano");
        using var rig = TierRig.Open(path, Tier(1L << 30));
        rig.Run(TinyModel.Tokens(200), 0);
        rig.SaveState();
        var file = Assert.Single(Directory.GetFiles(_folder, "memwall-state-*.kv"));
        var bytes = File.ReadAllBytes(file);
        if (at < 0)
            bytes = bytes[..^4096];
        else
            bytes[at] ^= 1;
        File.WriteAllBytes(file, bytes);

        var resumed = rig.Session.ResumeState(TinyModel.Tokens(200))!;

        Assert.Equal(0, resumed.Tokens);
        Assert.Contains("deleted", resumed.Note);
        Assert.Empty(Directory.GetFiles(_folder, "memwall-state-*"));
    }

    [Fact]
    public async Task Save_OverTheBudget_TheStateUsedLongestAgoGoes()
    {
        var path = await ModelAsync("nano");
        using (var rig = TierRig.Open(path, Tier(1L << 30)))
        {
            rig.Run(TinyModel.Tokens(100, seed: 1), 0);
            rig.SaveState();
        }
        var one = new FileInfo(Assert.Single(Directory.GetFiles(_folder, "memwall-state-*.kv"))).Length;
        using var small = TierRig.Open(path, Tier(1L << 30) with { StorageBytes = one * 2 + 4096 });
        foreach (var seed in (int[])[2, 3])
        {
            // The first state was used after the second was saved, so the third replaces the second.
            Assert.Equal(100, small.Session.ResumeState(TinyModel.Tokens(100, seed: 1))!.Tokens);
            small.Session.KeepPrefix(0);
            small.Run(TinyModel.Tokens(100, seed), 0);
            Assert.Equal(one, small.SaveState().Bytes);
        }
        Assert.Equal(2, Directory.GetFiles(_folder, "memwall-state-*.kv").Length);
        Assert.Equal(100, small.Session.ResumeState(TinyModel.Tokens(100, seed: 1))!.Tokens);
        Assert.Equal(0, small.Session.ResumeState(TinyModel.Tokens(100, seed: 2))!.Tokens);
        Assert.Equal(100, small.Session.ResumeState(TinyModel.Tokens(100, seed: 3))!.Tokens);
        small.Session.KeepPrefix(0);
        small.Run(TinyModel.Tokens(900), 0);
        Assert.Contains("does not fit", small.SaveState().Note);
    }

    [Fact]
    public async Task Resume_OtherKvTypeOrModel_IsAnotherState()
    {
        var path = await ModelAsync("nano");
        using (var rig = TierRig.Open(path, Tier(1L << 30)))
        {
            rig.Run(TinyModel.Tokens(100), 0);
            rig.SaveState();
        }
        using (var rig = TierRig.Open(path, Tier(1L << 30), "q8_0"))
            Assert.Equal(0, rig.Session.ResumeState(TinyModel.Tokens(100))!.Tokens);
        using (var rig = TierRig.Open(await ModelAsync("nano,seed=2"), Tier(1L << 30)))
            Assert.Equal(0, rig.Session.ResumeState(TinyModel.Tokens(100))!.Tokens);
        using (var rig = TierRig.Open(path, Tier(1L << 30)))
            Assert.Equal(100, rig.Session.ResumeState(TinyModel.Tokens(100))!.Tokens);
    }
}
