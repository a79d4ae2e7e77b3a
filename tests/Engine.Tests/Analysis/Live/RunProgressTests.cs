using MemoryWall.Analysis.Live;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Runs;

namespace MemoryWall.Engine.Tests.Analysis.Live;

public class RunProgressTests
{
    [Fact]
    public void Compute_BeforeTheFirstTrial_ListsThePlannedContexts()
    {
        var progress = RunProgress.Compute(StoreSamples.Manifest(), []);

        Assert.Equal([2048, 8192], progress.Ladder.Select(rung => rung.ContextTokens));
        Assert.Equal((0, 0, null), (progress.Completed, progress.Measured, progress.LargestStableTokens));
        Assert.All(progress.Ladder, rung => Assert.False(rung.IsStable));
    }

    [Fact]
    public void Compute_AFailureBetweenTwoContexts_EndsTheStableOnes()
    {
        var progress = RunProgress.Compute(StoreSamples.Manifest(),
        [
            CreateTrial(1, 2048), CreateTrial(2, 4096, new OutOfMemory("killed")), CreateTrial(3, 8192),
        ]);

        Assert.Equal(2048, progress.LargestStableTokens);
        Assert.Equal((2, 3), (progress.Completed, progress.Measured));
        Assert.Equal("killed", progress.Ladder[1].Failure!.Outcome.Detail);
    }

    [Fact]
    public void Compute_TheFirstContextFails_NothingIsStable() =>
        Assert.Null(RunProgress.Compute(StoreSamples.Manifest(), [CreateTrial(1, 2048, new TargetDied("gone"))]).LargestStableTokens);

    [Fact]
    public void Compute_ATruncatedPrompt_IsNotStable() => Assert.Null(
        RunProgress.Compute(StoreSamples.Manifest(), [CreateTrial(1, 2048, new Truncated(2048, 1024))]).LargestStableTokens);

    [Fact]
    public void Compute_ACacheHit_IsNoEvidenceOfAStableContext()
    {
        var progress = RunProgress.Compute(StoreSamples.Manifest(), [CreateTrial(1, 2048) with { CachedPromptTokens = 2000 }]);

        Assert.Equal((1, false), (progress.Ladder[0].Doubtful, progress.Ladder[0].IsStable));
        Assert.Null(progress.LargestStableTokens);
    }

    [Fact]
    public void Compute_WarmUpsAndStoppedTrials_DoNotCount()
    {
        var progress = RunProgress.Compute(StoreSamples.Manifest(),
            [CreateTrial(1, 2048) with { Flags = TrialFlags.Warmup, Repetition = 0 }, CreateTrial(2, 2048, new Cancelled())]);

        Assert.Equal((0, 0), (progress.Completed, progress.Measured));
        Assert.Null(progress.LastCompleted);
    }

    [Fact]
    public void Placement_TheSumOfRam_IsThatOfTheCounters()
    {
        var placement = MemoryPlacement.Compute(CreateManifest(), new AllocatedMemory(4096, 300, 50, null, null),
            new MachineSnapshot { ServerAnonBytes = 500, ServerFileBytes = 700, ServerSwapBytes = 100 })!;

        Assert.Equal(new TierParts(Weights: 700, Kv: 200, Compute: 50, Other: 250), placement.Memory);
        Assert.Equal(1200, placement.Memory!.Value.Total);
        // 1,000 bytes of weights are mapped and 700 of them are in memory; the swapped bytes are those of the cache.
        Assert.Equal(new TierParts(Weights: 300, Kv: 100, Compute: 0, Other: 0), placement.Storage);
        Assert.Null(placement.Accelerator);
    }

    // Pages of the model's file can be charged to another control group.
    [Fact]
    public void Placement_TheSumOfRam_IsAtMostWhatTheLimitCounts()
    {
        var placement = MemoryPlacement.Compute(CreateManifest(), new AllocatedMemory(4096, 300, 50, null, null),
            new MachineSnapshot { ServerAnonBytes = 500, ServerFileBytes = 700, ServerSwapBytes = 100, CgroupBytes = 900 })!;

        Assert.Equal(900, placement.Memory!.Value.Total);
        Assert.Equal(400, placement.Memory.Value.Weights);
    }

    [Fact]
    public void Placement_UnknownSizes_AreNotDivided()
    {
        var placement = MemoryPlacement.Compute(StoreSamples.Manifest(), null,
            new MachineSnapshot { ServerAnonBytes = 500, ServerFileBytes = 700 })!;

        Assert.Equal(new TierParts(0, 0, 0, 1200), placement.Memory);
    }

    [Fact]
    public void Placement_AManagedTier_ShowsItsPlanOnStorage()
    {
        var tier = new TierUse
        {
            PinnedWeightBytes = 400,
            StreamedWeightBytes = 600,
            MappedWeightBytes = 0,
            PinnedKvBytes = 100,
            StreamedKvBytes = 200,
            RingBytes = 30
        };
        var placement = MemoryPlacement.Compute(CreateManifest(), new AllocatedMemory(4096, 300, 50, null, tier),
            new MachineSnapshot { ServerAnonBytes = 600, ServerFileBytes = 20 })!;

        Assert.Equal(new TierParts(Weights: 400, Kv: 100, Compute: 80, Other: 40), placement.Memory);
        Assert.Equal(new TierParts(Weights: 600, Kv: 200, Compute: 0, Other: 0), placement.Storage);
        Assert.True(placement.IsStoragePlanned);
    }

    [Fact]
    public void Placement_NothingWatched_IsUnknown()
    {
        Assert.Null(MemoryPlacement.Compute(StoreSamples.Manifest(), null, null));
        Assert.Null(MemoryPlacement.Compute(StoreSamples.Manifest(), null, new MachineSnapshot { BusyCores = 1 }));
    }

    private static MemoryWall.Core.RunManifest CreateManifest()
    {
        var manifest = StoreSamples.Manifest();
        return manifest with
        {
            Target = manifest.Target with
            {
                Shape = new ModelShape { Architecture = "llama", Layers = [], EmbeddingLength = 8, WeightBytes = 1000 },
            },
        };
    }

    private static Trial CreateTrial(int number, int context, Outcome? outcome = null) => new()
    {
        Number = number,
        ContextTokens = context,
        Repetition = 1,
        OutputTokensAsked = 64,
        CountedPromptTokens = context,
        OutputTokens = 64,
        Chunks = 64,
        Arrivals = 64,
        StopReason = "length",
        Client = new ClientTimings
        {
            TimeToFirstToken = TimeSpan.FromSeconds(1),
            TimeToLastToken = TimeSpan.FromSeconds(2),
            TimeToEnd = TimeSpan.FromSeconds(2),
        },
        Outcome = outcome ?? new Completed(),
    };
}
