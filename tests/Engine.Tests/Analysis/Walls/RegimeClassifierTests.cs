using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Analysis.Walls;

/// <summary>The readings are those of real capped runs of the small preset (73 MB of weights, 700 and 300 MiB caps), shortened.</summary>
public class RegimeClassifierTests
{
    private const long MiB = 1 << 20;

    private static readonly ModelShape s_shape = new()
    {
        Architecture = "llama",
        EmbeddingLength = 576,
        Layers = [.. Enumerable.Repeat<LayerShape>(new AttentionLayer(9, 3, 64, 64, null), 30)],
        WeightBytes = 73 * MiB,
        ActiveWeightBytes = 73 * MiB,
    };

    private static Trial Trial(int number, int context, double tps, long kv, MemoryTraffic? generation, Outcome? outcome = null) => new()
    {
        Number = number,
        ContextTokens = context,
        Repetition = 1,
        OutputTokensAsked = 16,
        CountedPromptTokens = context,
        OutputTokens = outcome is null or Completed ? 16 : null,
        Chunks = 16,
        Native = new NativeTimings { Generation = tps > 0 ? TimeSpan.FromSeconds(15 / tps) : null },
        Client = new ClientTimings { TimeToFirstToken = TimeSpan.FromSeconds(1), TimeToEnd = TimeSpan.FromSeconds(61) },
        Outcome = outcome ?? new Completed(),
        KvBytes = kv * MiB,
        Memory = generation is null ? null : new TrialMemory { CapBytes = 700 * MiB, Generation = generation },
    };

    private static IReadOnlyList<TrialRegime> Classify(ModelShape? shape, params Trial[] trials) =>
        RegimeClassifier.Classify(TrialReview.Review(trials), shape, ReviewRules.Default.Regimes);

    private static (int? Inside, int? Beyond) FindEdge(IReadOnlyList<TrialRegime> regimes) =>
        WallEdge.Find(regimes, ReviewRules.Default.Walls) is var edge ? (edge.Inside, edge.Beyond) : default;

    private static TrialRegime Last(params Trial[] trials) => Classify(s_shape, trials)[^1];

    private static readonly Trial s_inside = Trial(1, 8160, 22, 180,
        new MemoryTraffic { ReadBytes = 0, FileRefaults = 0, AnonymousRefaults = 0 });

    [Fact]
    public void Classify_NothingFromStorage_IsInMemory() => Assert.Equal(MemoryRegime.InMemory, Last(s_inside).Regime);

    [Fact]
    public void Classify_ALittleReadAgainWhenMemoryIsFull_IsStillInMemory() =>
        Assert.Equal(MemoryRegime.InMemory,
            Last(s_inside, Trial(2, 21_728, 9, 478, new MemoryTraffic { ReadBytes = 81 * MiB, FileRefaults = 20_000 })).Regime);

    // A few per cent of the bytes of a token, swapped in page by page, delay it as well.
    [Theory]
    [InlineData(23_264, 5.89, 512, 25, MemoryRegime.Spilling)]
    [InlineData(25_056, 2.07, 551, 563, MemoryRegime.Thrashing)]
    public void Classify_LittleFromStorageButSlowerThanDepthExplains_IsNotInMemory(int context, double tps, long kv, long read,
        MemoryRegime expected) =>
        Assert.Equal(expected,
            Last(s_inside, Trial(2, context, tps, kv, new MemoryTraffic { ReadBytes = read * MiB, AnonymousRefaults = read * 256 }))
                .Regime);

    [Fact]
    public void Classify_MuchFromStorageButFast_IsSpilling() =>
        Assert.Equal(MemoryRegime.Spilling, Last(s_inside, Trial(2, 21_984, 8, 484, new MemoryTraffic { ReadBytes = 913 * MiB })).Regime);

    // The weights wall: 40 to 190 major faults for gigabytes that were read again.
    [Fact]
    public void Classify_WeightsReadAgainForEveryToken_IsThrashingHoweverFewTheMajorFaults()
    {
        var regime = Last(s_inside,
            Trial(2, 24_032, 0.9, 529, new MemoryTraffic { ReadBytes = 7_000 * MiB, FileRefaults = 1_700_000, MajorFaults = 40 }));
        Assert.Equal(MemoryRegime.Thrashing, regime.Regime);
        Assert.IsType<StorageReadEvidence>(regime.Evidence);
        Assert.True(regime.Slowdown > 2);
    }

    [Fact]
    public void Classify_ManyMajorFaultsButNothingRead_IsInMemory() =>
        Assert.Equal(MemoryRegime.InMemory,
            Last(s_inside, Trial(2, 9000, 20, 198, new MemoryTraffic { ReadBytes = 0, MajorFaults = 100_000 })).Regime);

    // A server that the engine did not start: its processes are read, and no limit.
    private static Trial External(int number, int context, double tps, MemoryTraffic generation) =>
        Trial(number, context, tps, 0, generation) with
        {
            KvBytes = null,
            Memory = new TrialMemory { SwapBytes = 900 * MiB, Generation = generation },
        };

    [Fact]
    public void Classify_ExternalServerThatSwaps_IsAWallWithItsReadings()
    {
        MemoryTraffic swapping = new() { ReadBytes = 4_400 * MiB, MajorFaults = 1_000_000 };
        var regimes = Classify(null, External(1, 8192, 20, new() { ReadBytes = 0 }), External(2, 16_384, 2, swapping),
            External(3, 16_384, 2, swapping));
        Assert.Equal([MemoryRegime.InMemory, MemoryRegime.Thrashing, MemoryRegime.Thrashing], regimes.Select(regime => regime.Regime));
        Assert.Equal((8192, 16_384), FindEdge(regimes));
        Assert.Contains("293 MiB from storage for each token", RegimePhrases.FormatEvidence(regimes[1]));
        Assert.Contains("900 MiB of the server are in swap", RegimePhrases.FormatEvidence(regimes[1]));
        // Once is no wall: any program that needs memory moves the pages of others.
        Assert.Null(FindEdge([.. regimes.Take(2)]).Beyond);
    }

    // What a server of another user reads is not readable, but its page faults are.
    [Fact]
    public void Classify_ExternalServerOfAnotherUser_ItsPageFaultsAreALowerBound()
    {
        var regimes = Classify(null, External(1, 8192, 20, new() { MajorFaults = 3 }),
            External(2, 16_384, 2, new() { MajorFaults = 15 * 25_600 }));
        Assert.Equal([MemoryRegime.InMemory, MemoryRegime.Thrashing], regimes.Select(regime => regime.Regime));
        Assert.Contains("at least 100 MiB from storage for each token", RegimePhrases.FormatEvidence(regimes[1]));
    }

    // Slow without a page of its own moved: whatever other programs read, it is no wall.
    [Fact]
    public void Classify_ExternalServerThatIsSlowAndReadsNothing_IsInMemory() =>
        Assert.Equal(MemoryRegime.InMemory, Classify(null, External(1, 8192, 20, new() { ReadBytes = 0 }),
            External(2, 16_384, 2, new() { ReadBytes = 0, MajorFaults = 0 }))[^1].Regime);

    // A server whose memory and model are unknown, of 12 ms at 14k.
    [Theory]
    [InlineData(28_672, 13, MemoryRegime.InMemory)]
    [InlineData(28_672, 48, MemoryRegime.Slowed)]
    // Four times slower than at 14k: a time that goes on growing could explain it, but nobody measured that.
    [InlineData(65_536, 48, MemoryRegime.Unknown)]
    [InlineData(65_536, 120, MemoryRegime.Slowed)]
    [InlineData(65_536, 20, MemoryRegime.InMemory)]
    public void Classify_FarBeyondTheReferences_IsKnownOnlyWhereNoGrowthCanExplainIt(int context, double milliseconds,
        MemoryRegime expected)
    {
        Trial Remote(int number, int tokens, double time) => Trial(number, tokens, 1000 / time, 0, null) with { KvBytes = null };
        var regimes = Classify(null, Remote(1, 7168, 10), Remote(2, 14_336, 12), Remote(3, context, milliseconds));
        Assert.Equal([MemoryRegime.InMemory, MemoryRegime.InMemory, expected], regimes.Select(regime => regime.Regime));
        Assert.Equal(expected == MemoryRegime.Unknown, RegimePhrases.FormatEvidence(regimes[2]).EndsWith("is not known",
            StringComparison.Ordinal));
    }

    [Fact]
    public void Classify_SwappedInAgain_IsThrashing() =>
        Assert.Equal(MemoryRegime.Thrashing,
            Last(s_inside, Trial(2, 48_000, 0.15, 1080, new MemoryTraffic { ReadBytes = 4_400 * MiB, AnonymousRefaults = 1_100_000 }))
                .Regime);

    [Theory]
    [InlineData(Phase.Generation, 64, true)]
    [InlineData(Phase.Generation, 63, false)]
    // The reads of one phase are no evidence about another.
    [InlineData(Phase.Prefill, 64, false)]
    public void Classify_PhaseBeyondItsLimit_IsThrashingOnlyIfPagesMovedInThatPhase(Phase phase, int read, bool isThrashing)
    {
        var late = Trial(2, 48_000, 0, 1080, new MemoryTraffic { ReadBytes = read * MiB, LimitHits = 3 },
            new TimedOut(phase, TimeSpan.FromSeconds(45)));
        var regime = Last(s_inside, late);
        Assert.Equal(isThrashing ? MemoryRegime.Thrashing : MemoryRegime.Unknown, regime.Regime);
        if (isThrashing)
            Assert.Equal(
                "generation took longer than its limit of 45 s; in that phase 64.0 MiB were read from storage, "
                    + "the memory limit was hit 3 times",
                RegimePhrases.FormatEvidence(regime));
    }

    [Fact]
    public void Classify_StoppedByItsLimitWhilePagesMoved_IsThrashing() =>
        Assert.Equal(MemoryRegime.Thrashing,
            Last(s_inside,
                Trial(2, 48_000, 0, 1080, new MemoryTraffic { ReadBytes = 4_400 * MiB },
                    new Thrashing("generation took longer than its limit of 60 s; …"))).Regime);

    [Fact]
    public void Classify_KilledOrRefusedForMemory_SaysWhich()
    {
        Assert.Equal(MemoryRegime.OutOfMemory, Last(s_inside, Trial(2, 48_000, 0, 0, null, new OutOfMemory("oom_kill rose by 1"))).Regime);
        Assert.Equal(MemoryRegime.Refused,
            Last(s_inside, Trial(2, 48_000, 0, 0, null, new Refused(500, "model requires more system memory (9.1 GiB) than is available")))
                .Regime);
        Assert.Equal(MemoryRegime.Refused,
            Last(s_inside,
                Trial(2, 48_000, 0, 0, null, new OutOfMemory("model requires more system memory (31.5 GiB) than is available (22.1 GiB)")))
                .Regime);
        Assert.Equal(MemoryRegime.OutOfMemory,
            Last(s_inside,
                Trial(2, 48_000, 0, 0, null,
                    new OutOfMemory("llama-server process has terminated: ggml_aligned_malloc: insufficient memory"))).Regime);
        Assert.Equal(MemoryRegime.OutOfMemory,
            Last(s_inside, Trial(2, 48_000, 0, 0, null, new TargetDied("signal 9")) with { Memory = new TrialMemory { OomKills = 1 } })
                .Regime);
    }

    [Theory]
    [InlineData("no such model")]
    [InlineData("the key is wrong")]
    public void Classify_RefusedForOtherReasons_IsNoWall(string words) =>
        Assert.Equal(MemoryRegime.Unknown, Last(s_inside, Trial(2, 48_000, 0, 0, null, new Refused(404, words))).Regime);

    [Fact]
    public void Classify_PrefillThatReadEverythingManyTimes_IsSpilling()
    {
        var trial = Trial(2, 13_792, 16, 42, new MemoryTraffic { ReadBytes = 0 });
        Assert.Equal(MemoryRegime.Spilling,
            Last(s_inside, trial with { Memory = trial.Memory! with { Prefill = new MemoryTraffic { ReadBytes = 30_000 * MiB } } }).Regime);
    }

    [Fact]
    public void Classify_TierThatStreams_IsManagedAndNoWall()
    {
        var trial = Trial(2, 32_768, 9, 703,
            new MemoryTraffic { ReadBytes = 4_000 * MiB }) with
        { Tier = new TierUse { StreamedKvBytes = 272 * MiB } };
        Assert.Equal(MemoryRegime.Managed, Last(s_inside, trial).Regime);
        Assert.Equal((32_768, (int?)null), FindEdge(Classify(s_shape, s_inside, trial)));
    }

    [Fact]
    public void Classify_TierWithExpertsOnStorage_IsManagedAndWithAllInThePoolInMemory()
    {
        var trial = Trial(2, 32_768, 9, 703, new MemoryTraffic { ReadBytes = 0 });
        TierUse Pool(long bytes) =>
            new() { StreamedKvBytes = 0, StreamedWeightBytes = 0, ExpertBytes = 900 * MiB, ExpertPoolBytes = bytes };
        Assert.Equal(MemoryRegime.Managed, Last(s_inside, trial with { Tier = Pool(500 * MiB) }).Regime);
        Assert.NotEqual(MemoryRegime.Managed, Last(s_inside, trial with { Tier = Pool(901 * MiB) }).Regime);
    }

    [Fact]
    public void Classify_ServerOutsideThatLeavesItsAccelerator_Spills()
    {
        Trial Outside(int number, int context, double tps, long fast) =>
            Trial(number, context, tps, 100, null) with { ResidentBytes = 8_000 * MiB, AcceleratorBytes = fast * MiB };
        Assert.Equal(MemoryRegime.InMemory, Last(Outside(1, 8192, 50, 8_000)).Regime);
        Assert.Equal(MemoryRegime.Spilling, Last(Outside(1, 8192, 50, 8_000), Outside(2, 16_384, 40, 7_000)).Regime);
    }

    [Fact]
    public void Classify_ServerOutsideThatGivesUpItsAccelerator_Spills()
    {
        Trial Outside(int number, int context, long fast) =>
            Trial(number, context, 50, 100, null) with { ResidentBytes = 8_000 * MiB, AcceleratorBytes = fast * MiB };
        Assert.Equal(MemoryRegime.Spilling, Last(Outside(1, 8192, 8_000), Outside(2, 16_384, 0)).Regime);
        // Without an accelerator there is no spill from it.
        Assert.Equal(MemoryRegime.InMemory, Last(Outside(1, 8192, 0), Outside(2, 16_384, 0)).Regime);
    }

    // Without memory readings only an unexpected slowdown shows the regime.
    [Fact]
    public void Classify_ServerOutsideThatSlowsDown_IsSlowedOnlyBeyondWhatDepthExplains()
    {
        Trial Outside(int number, int context, double tps) => Trial(number, context, tps, 0, null) with { KvBytes = null };
        MemoryRegime[] Classify(params Trial[] trials) =>
            [.. RegimeClassifierTests.Classify(shape: null, trials).Select(regime => regime.Regime)];
        Assert.Equal([MemoryRegime.InMemory, MemoryRegime.InMemory, MemoryRegime.InMemory, MemoryRegime.Slowed],
            Classify(Outside(1, 2048, 200), Outside(2, 4096, 190), Outside(3, 8192, 170), Outside(4, 16_384, 20)));
        // Half the rate at twice the context is the cost of attention.
        Assert.All(Classify(Outside(1, 2048, 200), Outside(2, 4096, 100), Outside(3, 8192, 50), Outside(4, 16_384, 25)),
            regime => Assert.Equal(MemoryRegime.InMemory, regime));
        // Two slow contexts do not make each other look normal.
        Assert.Equal([MemoryRegime.InMemory, MemoryRegime.InMemory, MemoryRegime.Slowed, MemoryRegime.Slowed],
            Classify(Outside(1, 2048, 200), Outside(2, 4096, 190), Outside(3, 8192, 10), Outside(4, 7000, 10)));
    }

    [Fact]
    public void Edge_RepetitionsThatDiffer_CountAsBeyond()
    {
        Assert.Equal((4096, 6144),
            FindEdge(
                [At(4096, MemoryRegime.InMemory), At(6144, MemoryRegime.InMemory), At(6144, MemoryRegime.Spilling),
                    At(8192, MemoryRegime.OutOfMemory)]));
        Assert.Equal((null, 4096), FindEdge([At(4096, MemoryRegime.OutOfMemory)]));
        Assert.Equal((4096, null), FindEdge([At(4096, MemoryRegime.InMemory), At(8192, MemoryRegime.Unknown)]));
    }

    private static TrialRegime At(int context, MemoryRegime regime, bool shared = false, bool disturbed = false) =>
        new(1, context, regime, new SpeedEvidence(IsAsExpected: null), null, null)
        {
            CanBeCausedByOthers = shared,
            HasInterference = disturbed,
        };

    /// <summary>Neighbours alone can slow every trial of a busy machine.</summary>
    [Theory]
    [InlineData(true, true, null)]
    [InlineData(true, false, 8192)]
    public void SlowerFrom_InDisturbedTrialsAlone_IsNotReported(bool first, bool second, int? expected)
    {
        TrialRegime[] regimes = [At(4096, MemoryRegime.InMemory), At(8192, MemoryRegime.Slowed, disturbed: first),
            At(8192, MemoryRegime.Slowed, disturbed: second)];

        Assert.Equal(expected,
            WallReport.FindSlowerFrom(regimes, WallEdge.Find(regimes, ReviewRules.Default.Walls), ReviewRules.Default.Walls));
    }

    [Fact]
    public void Edge_SlowerForAnUnknownCause_IsNoWall() => Assert.Equal((16_384, null),
        FindEdge([At(8192, MemoryRegime.InMemory), At(16_384, MemoryRegime.Slowed), At(16_384, MemoryRegime.Slowed)]));

    [Fact]
    public void Edge_EvidenceThatOthersCanCause_NeedsARepetition()
    {
        Assert.Null(FindEdge([At(4096, MemoryRegime.InMemory), At(8192, MemoryRegime.Thrashing, shared: true)]).Beyond);
        Assert.Equal(8192, FindEdge([At(4096, MemoryRegime.InMemory), At(8192, MemoryRegime.Thrashing, shared: true),
            At(8192, MemoryRegime.Thrashing, shared: true)]).Beyond);
        // Larger contexts that fit contradict it.
        Assert.Null(FindEdge([At(4096, MemoryRegime.Thrashing, shared: true), At(8192, MemoryRegime.InMemory),
            At(16_384, MemoryRegime.InMemory), At(32_768, MemoryRegime.Thrashing, shared: true)]).Beyond);
    }

    [Fact]
    public void Edge_DisturbedTrialsAlone_AreNoWall()
    {
        TrialRegime[] disturbed = [At(8192, MemoryRegime.Thrashing, shared: true, disturbed: true),
            At(8192, MemoryRegime.Thrashing, shared: true, disturbed: true)];
        Assert.Null(FindEdge(disturbed).Beyond);
        Assert.Equal(8192, FindEdge([.. disturbed, At(8192, MemoryRegime.Thrashing, shared: true)]).Beyond);
        // What others cannot cause counts as it is.
        Assert.Equal(8192, FindEdge([At(8192, MemoryRegime.OutOfMemory, shared: false, disturbed: true)]).Beyond);
    }

    [Fact]
    public void Classify_PagesMovedWithoutReclaimUnderTheOwnLimit_CanBeCausedByOthers()
    {
        Trial Paged(long? hits, long? cap) => Trial(2, 24_032, 0.9, 529, new MemoryTraffic { ReadBytes = 7_000 * MiB, LimitHits = hits })
            is var trial ? trial with { Memory = trial.Memory! with { CapBytes = cap } } : null!;
        Assert.False(Last(s_inside, Paged(hits: 16_505, cap: 700 * MiB)).CanBeCausedByOthers);
        Assert.False(Last(s_inside, Paged(hits: null, cap: 700 * MiB)).CanBeCausedByOthers);
        Assert.True(Last(s_inside, Paged(hits: 0, cap: 700 * MiB)).CanBeCausedByOthers);
        Assert.True(Last(s_inside, Paged(hits: null, cap: null)).CanBeCausedByOthers);
    }
}
