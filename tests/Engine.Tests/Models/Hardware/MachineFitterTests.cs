using MemoryWall.Core.Facts;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Hardware;

namespace MemoryWall.Engine.Tests.Models.Hardware;

/// <summary>Bounds against values computed by hand.</summary>
public class MachineFitterTests
{
    // 4 layers of 2 heads of 64 keys and values, 2 bytes each: 512 bytes a token and layer.
    private const int KvPerLayer = 512;
    private static readonly AttentionLayer s_attention = new(8, 2, 64, 64);

    private static readonly ModelShape s_dense = new()
    {
        Architecture = "llama",
        Name = "by hand",
        EmbeddingLength = 512,
        VocabularySize = 1000,
        TrainedContextTokens = 131_072,
        WeightBytes = 100_000_000,
        ActiveWeightBytes = 90_000_000,
        InputWeightBytes = 10_000_000,
        OutputWeightBytes = 10_000_000,
        LayerWeights = [.. Enumerable.Repeat(new LayerWeights(20_000_000, 0), 4)],
        FeedForwardLength = 1024,
        Layers = [.. Enumerable.Repeat(s_attention, 4)],
    };

    // Each layer has 5 MB that every token reads, and 8 experts of 10 MB, of which it reads 2.
    private static readonly ModelShape s_mixture = s_dense with
    {
        WeightBytes = 360_000_000,
        ActiveWeightBytes = 110_000_000,
        ExpertCount = 8,
        ExpertUsedCount = 2,
        LayerWeights = [.. Enumerable.Repeat(new LayerWeights(85_000_000, 80_000_000), 4)],
    };

    [Fact]
    public void Dense_InRam_ReadsItsWeightsAndTheKeysAndValuesOfItsTokens()
    {
        var fit = Fit(s_dense, "1GB", 1000);
        Assert.Equal(FitTier.Ram, fit.Tier);
        Assert.Equal(90_000_000 + 1000 * 4 * KvPerLayer, fit.RamReadBytes);
        Assert.Equal((0.0, 0.0, 0L), (fit.AcceleratorReadBytes, fit.StorageReadBytes, fit.StorageBytes));
        Assert.Equal(1e9 / 92_048_000, fit.MaxTokensPerSecond!.Value, 9);
    }

    [Fact]
    public void KnownModel_InRam_HasTheBoundOfItsPublishedSizes()
    {
        Assert.True(KnownModels.TryGet("llama-3.1-8b", null, out var shape));
        var fit = Fit(shape, "16GB@60GB/s", 8192);
        // 32 layers of 8 heads of 128 keys and values, 2 bytes each: 1 GiB at 8k.
        Assert.Equal(shape.ActiveWeightBytes + (1L << 30), fit.RamReadBytes);
        Assert.Equal(60e9 / (shape.ActiveWeightBytes!.Value + (1L << 30)), fit.MaxTokensPerSecond!.Value, 9);
    }

    [Fact]
    public void Slots_OthersThanTheOwn_AreNotRead()
    {
        var unified = new ForecastSettings { Sequences = 4, UnifiedCache = true };
        Assert.Equal(90_000_000 + 1000 * 4 * KvPerLayer, Fit(s_dense, "1GB", 1000, unified).RamReadBytes);
        var apart = new ForecastSettings { Sequences = 4 };
        Assert.Equal(90_000_000 + 250 * 4 * KvPerLayer, Fit(s_dense, "1GB", 1000, apart).RamReadBytes);
    }

    [Fact]
    public void PartOnTheGpu_TimesAddUp()
    {
        var two = MemoryForecast.Compute(s_dense, new ForecastSettings { GpuLayers = 3 }, 1000).Accelerator!.TotalBytes!.Value;
        // The output matrix and the last two layers fit exactly, and not a byte more.
        var fit = Fit(s_dense, $"1GB+{two}B-gpu", 1000);
        Assert.Equal((FitTier.AcceleratorAndRam, 3), (fit.Tier, fit.GpuLayers));
        Assert.Equal(10_000_000 + 2 * (20_000_000 + 1000 * KvPerLayer), fit.AcceleratorReadBytes);
        Assert.Equal(2 * (20_000_000 + 1000 * KvPerLayer), fit.RamReadBytes);
        Assert.Equal(1 / (51_024_000 / 10e9 + 41_024_000 / 1e9), fit.MaxTokensPerSecond!.Value, 9);
        Assert.Equal(2, Fit(s_dense, $"1GB+{two - 1}B-gpu", 1000).GpuLayers);
    }

    [Fact]
    public void KvCacheInRam_IsReadFromThere()
    {
        var fit = Fit(s_dense, "1GB+1GB-gpu", 1000, new ForecastSettings { KvOnHost = true });
        Assert.Equal((FitTier.Accelerator, 90_000_000.0, 1000.0 * 4 * KvPerLayer), (fit.Tier, fit.AcceleratorReadBytes, fit.RamReadBytes));
    }

    [Fact]
    public void SeveralGpus_WorkInTurn_AndTogetherWhereRowsAreSplit()
    {
        var layers = Fit(s_dense, "1GB+2x1GB-gpu", 1000);
        Assert.Equal(FitTier.Accelerator, layers.Tier);
        Assert.Equal(10e9 / 92_048_000, layers.MaxTokensPerSecond!.Value, 6);
        var rows = Fit(s_dense, "1GB+2x1GB-gpu", 1000, new ForecastSettings { SplitRows = true });
        // Half of the weights on each, and the caches of three layers on the first one.
        Assert.Equal(10e9 / (45_000_000 + 3 * 1000 * KvPerLayer), rows.MaxTokensPerSecond!.Value, 6);
        // Processors may differ.
        var mixed = Fit(s_dense, "1GB+1GB-gpu@10GB/s+1GB-gpu@5GB/s", 1000);
        Assert.InRange(mixed.MaxTokensPerSecond!.Value, 5e9 / 92_048_000, 10e9 / 92_048_000);
    }

    [Fact]
    public void Mixture_ReadsOnlyItsActiveExperts()
    {
        var fit = Fit(s_mixture, "1GB", 1000);
        Assert.Equal(FitTier.Ram, fit.Tier);
        Assert.Equal(10_000_000 + 4 * (5_000_000 + 20_000_000 + 1000 * KvPerLayer), fit.RamReadBytes);
        Assert.Null(fit.EvenExpertsTokensPerSecond);
    }

    [Fact]
    public void Mixture_TooLargeForTheGpu_KeepsExpertsOfFirstLayersInRam()
    {
        var settings = new ForecastSettings { GpuLayers = 5, CpuExpertLayers = 3 };
        var size = MemoryForecast.Compute(s_mixture, settings, 1000).Accelerator!.TotalBytes!.Value;
        var fit = Fit(s_mixture, $"1GB+{size}B-gpu", 1000);
        Assert.Equal((FitTier.AcceleratorAndRam, 5, 3), (fit.Tier, fit.GpuLayers, fit.CpuExpertLayers));
        Assert.Equal(3 * 20_000_000, fit.RamReadBytes);
        Assert.Equal(10_000_000 + 4 * (5_000_000 + 1000 * KvPerLayer) + 20_000_000, fit.AcceleratorReadBytes);
    }

    [Fact]
    public void Dense_LargerThanRam_ReadsTheRestFromStorage()
    {
        var row = MemoryForecast.Compute(s_dense, new ForecastSettings(), 1000);
        var buffers = row.Host.ComputeBytes!.Value;
        var fit = Fit(s_dense, $"{buffers + 50_000_000}B", 1000);
        Assert.Equal(FitTier.Storage, fit.Tier);
        Assert.Equal(92_048_000 - 50_000_000, fit.StorageReadBytes);
        Assert.Equal(row.TotalBytes - buffers - 50_000_000, fit.StorageBytes);
        // Storage at 0.1 GB/s takes longer than RAM at 1 GB/s, and is read while the processor computes.
        Assert.Equal(0.1e9 / 42_048_000, fit.MaxTokensPerSecond!.Value, 9);
    }

    [Fact]
    public void Mixture_OnStorage_HasTheBoundOfSameExpertsAndOfEvenOnes()
    {
        var row = MemoryForecast.Compute(s_mixture, new ForecastSettings(), 1000);
        var fit = Fit(s_mixture, $"{row.Host.ComputeBytes!.Value + 200_000_000}B", 1000);
        Assert.Equal(FitTier.Storage, fit.Tier);
        // A token reads 112.048 MB, for which there is room; used evenly, 168 of the 320 MB of experts are in it.
        Assert.Equal(0.0, fit.StorageReadBytes);
        Assert.Equal(1e9 / 112_048_000, fit.MaxTokensPerSecond!.Value, 9);
        var held = (200_000_000 - 32_048_000) / 320_000_000.0;
        Assert.Equal(0.1e9 / (80_000_000 * (1 - held)), fit.EvenExpertsTokensPerSecond!.Value, 6);
    }

    [Fact]
    public void SlidingWindow_IsReadWithoutPaddingAndMicroBatch()
    {
        var windowed = s_dense with { Layers = [s_attention with { SlidingWindow = 1000 }, s_attention, s_attention, s_attention] };
        Assert.Equal(90_000_000 + (1000 + 3 * 8192) * KvPerLayer, Fit(windowed, "1GB", 8192).RamReadBytes);
        Assert.Equal(90_000_000 + 4 * 500 * KvPerLayer, Fit(windowed, "1GB", 500).RamReadBytes);
        Assert.Equal(90_000_000 + 4 * 8192 * KvPerLayer,
            Fit(windowed, "1GB", 8192, new ForecastSettings { FullSlidingWindow = true }).RamReadBytes);
        Assert.True(KnownModels.TryGet("gemma-2-2b", null, out var gemma));
        // 13 of 26 layers see 4,096 tokens; 4 heads of 256 keys and values of 2 bytes are 4 KiB.
        Assert.Equal(gemma.ActiveWeightBytes + 4096 * 13 * (4096 + 8192), Fit(gemma, "64GB", 8192).RamReadBytes);
    }

    [Fact]
    public void RecurrentState_IsReadOnce_AtEveryContext()
    {
        // Kernel 4, inner width 128, state 16, one group: 4 bytes × (3 × (128 + 2 × 16) + 16 × 128).
        const int state = 4 * (3 * 160 + 2048);
        var hybrid = s_dense with { Layers = [new RecurrentLayer(4, 128, 16, 1), s_attention, s_attention, s_attention] };
        var slots = new ForecastSettings { Sequences = 4, UnifiedCache = true };
        Assert.Equal(90_000_000 + state + 3 * 1000 * KvPerLayer, Fit(hybrid, "1GB", 1000, slots).RamReadBytes);
        Assert.Equal(90_000_000 + state + 3 * 2000 * KvPerLayer, Fit(hybrid, "1GB", 2000, slots).RamReadBytes);
    }

    [Fact]
    public void SparseAttention_ReadsAtLeastItsIndexer()
    {
        var sparse = s_dense with { Layers = [.. Enumerable.Repeat(new LatentAttentionLayer(8, 128, 64) { IndexerLength = 128 }, 4)] };
        Assert.Equal(90_000_000 + 4 * 1000 * 256, Fit(sparse, "1GB", 1000).RamReadBytes);
    }

    [Fact]
    public void UnifiedMemory_HasOneSizeAndOneBandwidth()
    {
        var fit = Fit(s_dense, "300MB-unified@10GB/s", 1000);
        Assert.Equal((FitTier.Accelerator, FitGap.None), (fit.Tier, fit.BoundGap));
        Assert.Equal(10e9 / 92_048_000, fit.MaxTokensPerSecond!.Value, 6);
        // The bandwidth of RAM is that of another machine.
        Assert.Equal(FitGap.UnifiedBandwidth, Fit(s_dense, "300MB-unified", 1000).BoundGap);
        var total = MemoryForecast.Compute(s_dense, new ForecastSettings(), 1000).TotalBytes!.Value;
        Assert.Equal(FitTier.AcceleratorAndRam, Fit(s_dense, $"{total + 25_000_000}B-unified@10GB/s", 1000).Tier);
    }

    [Theory]
    [InlineData("50MB-gpu", FitTier.DoesNotFit, FitGap.NoRam, FitGap.None)]
    [InlineData("1MB", FitTier.DoesNotFit, FitGap.RamTooSmall, FitGap.None)]
    [InlineData("100MB+50MB-storage", FitTier.DoesNotFit, FitGap.StorageTooSmall, FitGap.None)]
    [InlineData("1GB-unified", FitTier.Accelerator, FitGap.None, FitGap.UnifiedBandwidth)]
    public void WhatIsAbsent_IsNamed(string machine, FitTier tier, FitGap tierGap, FitGap boundGap)
    {
        var fit = Fit(s_dense, machine, 8192);
        Assert.Equal((tier, tierGap, boundGap), (fit.Tier, fit.TierGap, fit.BoundGap));
        Assert.Null(fit.MaxTokensPerSecond);
    }

    [Theory]
    [InlineData("1GB", FitGap.RamBandwidth)]
    [InlineData("1GB+1GB-gpu", FitGap.GpuBandwidth)]
    [InlineData("100MB@1GB/s", FitGap.StorageBandwidth)]
    public void BandwidthThatIsUnknown_GivesNoBound(string machine, FitGap gap)
    {
        var fit = Create(s_dense, machine, new ForecastSettings(), MemoryBandwidths.None).Fit(8192);
        Assert.Equal((gap, null), (fit.BoundGap, fit.MaxTokensPerSecond));
    }

    [Fact]
    public void SizesThatAreUnknown_GiveNoFit()
    {
        var fit = Fit(s_dense with { WeightBytes = null, ActiveWeightBytes = null }, "1GB", 1000);
        Assert.Equal((FitTier.Unknown, FitGap.Weights, null), (fit.Tier, fit.TierGap, fit.MaxTokensPerSecond));
        Assert.Equal(FitGap.Vocabulary, Fit(s_dense with { VocabularySize = null }, "1GB", 1000).TierGap);
        // Without the number of active experts the size is known, but not what a token reads.
        Assert.Equal(FitGap.Weights, Fit(s_mixture with { ActiveWeightBytes = null, ExpertUsedCount = null }, "1GB", 1000).BoundGap);
    }

    [Theory]
    [InlineData(100_000_000, true)]
    [InlineData(1_000_000_000, false)]
    public void DenseModel_OfWhichOnlyTheSizeIsKnown_MayFitCachesByIt(long bytes, bool fits)
    {
        var shape = s_dense with { WeightBytes = bytes, ActiveWeightBytes = null };
        var table = MachineFits.Compute([(shape, new ForecastSettings())], [1000], [MachineSpecParser.Parse("16GB")],
            MemoryReserve.Default, MemoryBandwidths.None);
        Assert.Equal((bytes, fits), (table.Models[0].TouchedWeightBytes, table.Models[0].MayFitCaches));
    }

    [Fact]
    public void LargestContexts_FitAndOneStepMoreDoesNot()
    {
        Assert.True(KnownModels.TryGet("llama-3.1-8b", null, out var shape));
        var fitter = Create(shape, "8GB+6GB-gpu", new ForecastSettings(), MemoryBandwidths.None);
        var summary = fitter.Summarize([8192]);
        var (fast, memory) = (summary.AcceleratorContextTokens!.Value, summary.MemoryContextTokens!.Value);
        Assert.True(fast > 0 && fast < memory && memory < 131_072, $"{fast}, {memory}");
        Assert.Equal((FitTier.Accelerator, FitTier.AcceleratorAndRam), (fitter.Fit(fast).Tier, fitter.Fit(fast + 256).Tier));
        Assert.Equal((FitTier.AcceleratorAndRam, FitTier.Storage), (fitter.Fit(memory).Tier, fitter.Fit(memory + 256).Tier));
        Assert.Equal((131_072, 131_072), (summary.StorageContextTokens, summary.SoughtContextTokens));
    }

    // The more memory and bandwidth, the higher the bound: no placement may break this for any known model.
    [Fact]
    public void KnownModels_OnMoreMemory_AreNeverSlower()
    {
        foreach (var name in KnownModels.Names)
        {
            Assert.True(KnownModels.TryGet(name, null, out var shape));
            var bounds = new[] { "16GB", "64GB", "64GB+24GB-gpu", "512GB+24GB-gpu", "512GB+80GB-gpu" }
                .Select(machine => Fit(shape, machine, 8192)).Where(fit => fit.Tier != FitTier.DoesNotFit)
                .Select(fit => fit.MaxTokensPerSecond ?? 0).ToList();
            Assert.Equal(bounds.Order(), bounds);
        }
    }

    private static MachineFit Fit(ModelShape shape, string machine, int context, ForecastSettings? settings = null) =>
        Create(shape, machine, settings ?? new ForecastSettings(), MemoryBandwidths.Parse("ram=1GB/s,gpu=10GB/s,storage=100MB/s"))
            .Fit(context);

    private static MachineFitter Create(ModelShape shape, string machine, ForecastSettings settings, MemoryBandwidths bandwidths) =>
        new(shape, settings, MachineSpecParser.Parse(machine), new MemoryReserve(0, 0), bandwidths);
}
