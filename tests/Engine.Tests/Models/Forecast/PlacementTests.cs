using MemoryWall.Core.Facts;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Engine.Tests.Models.Forecast;

public sealed class PlacementTests
{
    private const long MiB = 1 << 20;

    private static ModelShape Dense(int layers, long layerBytes, long expertBytes = 0) => new()
    {
        Architecture = "qwen3moe",
        EmbeddingLength = 1024,
        VocabularySize = 1000,
        FeedForwardLength = 2048,
        ExpertCount = expertBytes == 0 ? null : 128,
        ExpertUsedCount = expertBytes == 0 ? null : 8,
        ExpertFeedForwardLength = expertBytes == 0 ? null : 512,
        WeightBytes = layers * layerBytes + 100 * MiB,
        ParameterCount = 1_000_000_000,
        InputWeightBytes = 50 * MiB,
        OutputWeightBytes = 50 * MiB,
        LayerWeights = [.. Enumerable.Repeat(new LayerWeights(layerBytes, expertBytes), layers)],
        Layers = [.. Enumerable.Repeat(new AttentionLayer(8, 2, 128, 128), layers)],
    };

    private static ForecastRow Compute(ModelShape shape, ForecastSettings settings) => MemoryForecast.Compute(shape, settings, 8192);

    // Published peaks of a model of 48 layers by --n-cpu-moe: about 962 MiB a layer.
    [Fact]
    public void Compute_ExpertsInRam_FreeTheirPublishedShareOfVram()
    {
        var shape = Dense(48, 1100 * MiB, (long)(962.45 * MiB));
        long Vram(int layers) =>
            Compute(shape, new ForecastSettings { GpuLayers = 99, CpuExpertLayers = layers }).Accelerator!.TotalBytes!.Value;

        var all = Vram(48);
        Assert.Equal(13_068 - 5_368, (Vram(40) - all) / (double)MiB, 5.0);
        Assert.Equal(18_840 - 5_368, (Vram(34) - all) / (double)MiB, 5.0);
        Assert.Equal(23_652 - 5_368, (Vram(29) - all) / (double)MiB, 5.0);
    }

    [Fact]
    public void Compute_LayersOverTwoGpus_FollowTheShares()
    {
        var row = Compute(Dense(15, 100 * MiB), new ForecastSettings { GpuLayers = 99, TensorSplit = [3, 1] });

        // 15 layers and the output are 16 places: 12 and 4.
        Assert.Equal([1200 * MiB, 350 * MiB], row.Accelerators!.Select(device => device.WeightsBytes!.Value));
        Assert.Equal([12 * 8 * MiB, 3 * 8 * MiB], row.Accelerators!.Select(device => device.KvBytes));
        Assert.Equal(row.Accelerator!.TotalBytes, row.Accelerators!.Sum(device => device.TotalBytes));
    }

    // As llama_kv_cache takes the device of each layer, whatever the split mode (dev_layer of llama-model.cpp, November 2026).
    [Fact]
    public void Compute_RowsOverTwoGpus_SplitMatricesAndKeepTheCacheWithItsLayer()
    {
        var row = Compute(Dense(15, 100 * MiB), new ForecastSettings { GpuLayers = 99, TensorSplit = [3, 1], SplitRows = true });

        Assert.Equal([12 * 8 * MiB, 3 * 8 * MiB], row.Accelerators!.Select(device => device.KvBytes));
        Assert.Equal([1550 * MiB * 3 / 4, 1550 * MiB / 4], row.Accelerators!.Select(device => device.WeightsBytes!.Value));
        Assert.All(row.Accelerators!, device => Assert.True(device.ComputeBytes > 0));
    }

    [Fact]
    public void Compute_OneOfTwoGpusAlone_HasEverything()
    {
        var row = Compute(Dense(15, 100 * MiB),
            new ForecastSettings { GpuLayers = 99, TensorSplit = [3, 1], SingleAccelerator = true, MainAccelerator = 1 });

        Assert.Equal([0, 1550 * MiB], row.Accelerators!.Select(device => device.WeightsBytes!.Value));
        Assert.Equal([0, 15 * 8 * MiB], row.Accelerators!.Select(device => device.KvBytes));
        Assert.Equal(0, row.Accelerators![0].ComputeBytes);
    }

    private static ModelShape Preset(string name)
    {
        Assert.True(KnownModels.TryGet(name, null, out var shape));
        return shape;
    }

    private static ForecastSettings With(string rules, int gpus = 1) => new()
    {
        GpuLayers = 99,
        TensorSplit = [.. Enumerable.Repeat(1.0, gpus)],
        TensorOverrides = [.. TensorOverride.Parse(rules)],
    };

    [Fact]
    public void Compute_ExpertsByRule_AreWhereCpuMoePutsThem()
    {
        var shape = Preset("qwen3-30b-a3b");
        var byRule = Compute(shape, With("exps=CPU"));
        var byFlag = Compute(shape, new ForecastSettings { GpuLayers = 99, CpuExpertLayers = int.MaxValue });

        Assert.Equal(byFlag.Accelerator!.WeightsBytes!.Value, byRule.Accelerator!.WeightsBytes!.Value, 100.0);
        Assert.Equal(byFlag.Host.WeightsBytes!.Value, byRule.Host.WeightsBytes!.Value, 100.0);
        Assert.Equal(byFlag.Accelerator.KvBytes, byRule.Accelerator.KvBytes);
        Assert.Equal(byFlag.TotalBytes!.Value, byRule.TotalBytes!.Value, 100.0);
    }

    [Fact]
    public void Compute_Rules_TheFirstMatchHoldsAndDevicesAreCounted()
    {
        var shape = Preset("qwen3-30b-a3b");
        var plain = Compute(shape, With("nothing=CPU", 2));
        var moved = Compute(shape, With(@"blk\.0\.ffn_up_exps=CUDA1,blk\.0\.ffn_up=CPU", 2));
        var bytes = shape.WeightTensors!.Single(tensor => tensor.Name == "blk.0.ffn_up_exps.weight").Bytes;

        Assert.Equal(plain.Accelerators![0].WeightsBytes - bytes, moved.Accelerators![0].WeightsBytes);
        Assert.Equal(plain.Accelerators[1].WeightsBytes + bytes, moved.Accelerators[1].WeightsBytes);
        Assert.Equal(plain.WeightsBytes, moved.WeightsBytes);
    }

    // The first GPU multiplies large batches with matrices in RAM, of which it takes one copy at a time.
    [Fact]
    public void Compute_ExpertsInRam_NeedOneMatrixMoreOnTheFirstGpu()
    {
        var shape = Preset("qwen3-30b-a3b");
        var largest = shape.WeightTensors!.Where(tensor => tensor.Name.Contains("exps", StringComparison.Ordinal))
            .Max(tensor => tensor.Bytes);
        long Buffer(string rules, int batch) =>
            Compute(shape, With(rules) with { OutputTokens = 1, MicroBatchTokens = batch }).Accelerator!.ComputeBytes!.Value;

        Assert.Equal(largest, Buffer("exps=CPU", 512) - Buffer("nothing=CPU", 512));
        Assert.Equal(0, Buffer("exps=CPU", 16) - Buffer("nothing=CPU", 16));
    }

    [Theory]
    [InlineData("exps", "is no rule")]
    [InlineData("exps=VRAM", "is no buffer")]
    [InlineData("(=CPU", "is no regular expression")]
    public void Parse_RuleThatCannotBe_IsNamed(string rule, string said) =>
        Assert.Contains(said, Assert.Throws<FormatException>(() => TensorOverride.Parse(rule).ToList()).Message, StringComparison.Ordinal);

    [LongFact]
    public void Match_PatternWithoutEnd_IsStopped() =>
        Assert.Throws<FormatException>(() => TensorOverride.Match([new string('a', 4000) + "!"], [.. TensorOverride.Parse("(a+)+$=CPU")]));

    [Fact]
    public void FindProblems_RulesThatCannotHold_AreNamed()
    {
        Assert.NotEmpty(MemoryForecast.FindProblems(Preset("qwen3-8b"), With("attn=CUDA2", 2)));
        Assert.NotEmpty(MemoryForecast.FindProblems(Preset("qwen3-8b"), With("attn=CUDA0") with { GpuLayers = 0 }));
        Assert.NotEmpty(MemoryForecast.FindProblems(Dense(2, MiB), With("attn=CPU")));
        Assert.Empty(MemoryForecast.FindProblems(Preset("qwen3-8b"), With("attn=CPU,ffn=ROCm1,up=CUDA_Host", 2)));
    }

    [Fact]
    public void FindWall_BudgetOfEachGpu_IsTheSmallest()
    {
        var shape = Dense(15, 100 * MiB);
        var settings = new ForecastSettings { GpuLayers = 99, TensorSplit = [1, 1] };
        MemoryBudget Budget(params long[] vram) => new(new ByteSize(64_000 * MiB), new ByteSize(vram.Sum() * MiB))
        {
            Accelerators = [.. vram.Select(size => new ByteSize(size * MiB))],
        };
        var equal = MemoryForecast.FindWall(shape, settings, Budget(1500, 1500));
        var unequal = MemoryForecast.FindWall(shape, settings, Budget(1200, 1800));

        Assert.True(unequal.WallTokens < equal.WallTokens);
        Assert.True(MemoryForecast.Compute(shape, settings, unequal.WallTokens!.Value).Accelerators![0].TotalBytes <= 1200 * MiB);
        Assert.True(MemoryForecast.Compute(shape, settings, unequal.WallTokens!.Value + 256).Accelerators![0].TotalBytes > 1200 * MiB);
    }

    [Fact]
    public void FindWall_Experts_OfferTheBestNumberInRam()
    {
        var shape = Dense(20, 100 * MiB, 80 * MiB);
        var budget = new MemoryBudget(new ByteSize(3000 * MiB), new ByteSize(1200 * MiB));
        var settings = new ForecastSettings { GpuLayers = 99 };
        var tried = Enumerable.Range(0, 21)
            .Select(layers => MemoryForecast.FindWall(shape, settings with { CpuExpertLayers = layers }, budget).WallTokens ?? 0).Max();
        var offered = MemoryForecast.FindWall(shape, settings, budget).Moves
            .Single(move => move.Change.Contains("--n-cpu-moe", StringComparison.Ordinal));

        Assert.Equal(tried, offered.WallTokens);
    }

    // The same as layer by layer: what is alike is computed once.
    [Fact]
    public void FindWall_ManyLayersOverEightGpus_IsThatOfOneLayerTimesTheirNumber()
    {
        var shape = Dense(4096, 4 * MiB);
        var settings = new ForecastSettings { GpuLayers = 5000, TensorSplit = [.. Enumerable.Repeat(1.0, 8)] };
        var row = Compute(shape, settings);

        Assert.Equal(4096 * 8 * MiB, row.KvBytes);
        Assert.Equal(row.KvBytes, row.Accelerators!.Sum(device => device.KvBytes));
        Assert.Equal(shape.WeightBytes - shape.InputWeightBytes, row.Accelerators!.Sum(device => device.WeightsBytes));
        var wall = MemoryForecast.FindWall(shape, settings,
            new MemoryBudget(new ByteSize(1L << 40), new ByteSize(8L << 33))
            {
                Accelerators = [.. Enumerable.Repeat(new ByteSize(8L << 30), 8)],
            });
        Assert.InRange(wall.WallTokens!.Value, 8192, 20_000);
    }

    [Fact]
    public void Compute_ExpertsInRamOfUnknownLayers_AreUnknownNotGuessed() =>
        Assert.Null(Compute(Dense(4, 100 * MiB, 50 * MiB) with { LayerWeights = null },
            new ForecastSettings { GpuLayers = 99, CpuExpertLayers = 2 }).Accelerator!.WeightsBytes);

    [Fact]
    public void FindProblems_Shares_AreNamed()
    {
        Assert.NotEmpty(MemoryForecast.FindProblems(Dense(2, MiB), new ForecastSettings { TensorSplit = [0, 0] }));
        Assert.NotEmpty(MemoryForecast.FindProblems(Dense(2, MiB), new ForecastSettings { TensorSplit = [1, 1], MainAccelerator = 2 }));
    }

    [Theory]
    [InlineData(2600, 900)]
    [InlineData(1500, 1500)]
    [InlineData(400, 3000)]
    [InlineData(4000, 300)]
    public void FindWall_BestOffload_IsThatOfTryingAll(int ram, int vram)
    {
        var shape = Dense(20, 100 * MiB);
        var budget = new MemoryBudget(new ByteSize(ram * MiB), new ByteSize(vram * MiB));
        var settings = new ForecastSettings();
        var tried = Enumerable.Range(0, 22)
            .Select(layers => MemoryForecast.FindWall(shape, settings with { GpuLayers = layers }, budget).WallTokens ?? 0).Max();
        var wall = MemoryForecast.FindWall(shape, settings, budget);
        var offered = wall.Moves.Where(move => move.Change.EndsWith("GPU layers", StringComparison.Ordinal))
            .Select(move => move.WallTokens);

        Assert.Equal(tried, Math.Max(wall.WallTokens ?? 0, offered.SingleOrDefault() ?? 0));
    }
}
