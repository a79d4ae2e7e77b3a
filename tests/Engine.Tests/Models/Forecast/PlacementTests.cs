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

    [Fact]
    public void Compute_RowsOverTwoGpus_KeepTheCacheOnTheMainOne()
    {
        var row = Compute(Dense(15, 100 * MiB),
            new ForecastSettings { GpuLayers = 99, TensorSplit = [3, 1], SplitRows = true, MainAccelerator = 1 });

        Assert.Equal([0, 15 * 8 * MiB], row.Accelerators!.Select(device => device.KvBytes));
        Assert.Equal([1550 * MiB * 3 / 4, 1550 * MiB / 4], row.Accelerators!.Select(device => device.WeightsBytes!.Value));
        Assert.Equal(0, row.Accelerators![0].ComputeBytes);
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
