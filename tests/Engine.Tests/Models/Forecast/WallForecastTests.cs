using CsCheck;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Models.Forecast;

public class WallForecastTests
{
    private static readonly ForecastSettings s_default = new();

    [Fact]
    public void Wall_AnyBudget_IsTheLastContextThatFits()
    {
        var models = KnownModels.Names.ToArray();
        Gen.Select(Gen.OneOf(models), Gen.Long[1L << 28, 1L << 40], Gen.Bool, Gen.Enum<ForecastBasis>()).Sample(x =>
        {
            Assert.True(KnownModels.TryGet(x.Item1, null, out var shape));
            var settings = s_default with { FlashAttention = x.Item3 };
            var wall = MemoryForecast.FindWall(shape, settings, new MemoryBudget(new ByteSize(x.Item2), Basis: x.Item4));
            long? Used(int context) =>
                MemoryForecast.Compute(shape, settings, context) is var row && x.Item4 == ForecastBasis.Reserved ? row.TotalBytes
                : x.Item4 == ForecastBasis.Resident ? row.ResidentBytes : row.AnonymousBytes;
            if (wall.WallTokens is { } tokens)
            {
                Assert.True(Used(tokens) <= x.Item2);
                Assert.True(Used(tokens + 1) > x.Item2);
            }
            else
            {
                Assert.Equal(WallVerdict.DoesNotFit, wall.Verdict);
                Assert.True(Used(1) > x.Item2);
            }
            Assert.All(wall.Moves, move => Assert.True(move.WallTokens is null || move.WallTokens > (wall.WallTokens ?? 0)));
        }, iter: LongTests.Draws(200));
    }

    /// <summary>
    /// The largest contexts that the embedded server survived under real caps without swap (cgroup v1, small preset, mapped weights,
    /// found by bisection to 256 tokens; 600 tokens of prompt). The process itself takes 54 MiB that cannot be dropped.
    /// </summary>
    [Theory]
    [InlineData(300, "f16", 10_496)]
    [InlineData(500, "f16", 19_712)]
    [InlineData(700, "f16", 28_672)]
    [InlineData(300, "q8_0", 19_968)]
    [InlineData(500, "q8_0", 37_120)]
    [InlineData(700, "q8_0", 54_016)]
    public void Wall_UnderACapWithoutSwap_IsWhereTheServerDied(int cap, string kvType, int measured)
    {
        var type = KvCacheType.Parse(kvType);
        var settings = s_default with { KeyType = type, ValueType = type, OtherBytes = 54 * ByteSize.MiB };
        var wall = MemoryForecast.FindWall(RecordedBuffers.ShapeOf("small"), settings,
            new MemoryBudget(new ByteSize(cap * ByteSize.MiB), Basis: ForecastBasis.Anonymous));
        // The forecast is for a full window; the short prompt did not touch the whole attention mask. So the forecast wall is a little
        // before the observed one.
        Assert.InRange(wall.WallTokens!.Value / (double)measured, 0.90, 1.01);
    }

    [Fact]
    public void At_WeightsNotMapped_CannotBeDropped()
    {
        var shape = RecordedBuffers.ShapeOf("small");
        var loaded = MemoryForecast.Compute(shape, s_default with { MappedWeights = false }, 2048);
        var mapped = MemoryForecast.Compute(shape, s_default, 2048);
        Assert.Equal(loaded.ResidentBytes, loaded.AnonymousBytes);
        Assert.Equal(mapped.ResidentBytes - shape.WeightBytes, mapped.AnonymousBytes);
    }

    [Fact]
    public void At_RepackedCopies_AreReportedButNeededOnce()
    {
        var shape = RecordedBuffers.ShapeOf("small") with { RepackCopyBytes = 1000 };
        var row = MemoryForecast.Compute(shape, s_default with { Repack = true }, 2048);
        Assert.Equal(shape.WeightBytes + 1000, row.WeightsBytes);
        Assert.Equal(MemoryForecast.Compute(shape, s_default, 2048).ResidentBytes, row.ResidentBytes);
    }

    [Fact]
    public void Wall_Llama8BIn16GiB_IsWhereArithmeticSaysItIs()
    {
        var shape = RecordedBuffers.ShapeOf("llama-3.1-8b");
        var wall = MemoryForecast.FindWall(shape, s_default, new MemoryBudget(new ByteSize(16L << 30)));
        // 16 GiB less weights less 266.5 MiB of compute, at 128 KiB a token, in steps of 256.
        var tokens = ((16L << 30) - shape.WeightBytes!.Value - (long)(266.5 * (1 << 20))) / 131_072 / 256 * 256;
        Assert.Equal(tokens, (long)wall.WallTokens!.Value);
        Assert.Equal(WallVerdict.BelowTrained, wall.Verdict);
        Assert.Equal("KV type q4_0", wall.Moves[0].Change);
    }

    [Fact]
    public void Wall_WeightsAloneTooLarge_SaysSoAndWhatWouldHelp()
    {
        Assert.True(KnownModels.TryGet("llama-3.1-8b", WeightType.F16, out var shape));
        var wall = MemoryForecast.FindWall(shape, s_default, new MemoryBudget(new ByteSize(8L << 30)));
        Assert.Equal((WallVerdict.DoesNotFit, null), (wall.Verdict, wall.WallTokens));
        Assert.StartsWith("No context fits into 8.00 GiB", ForecastPhrases.FormatWall(wall), StringComparison.Ordinal);
        Assert.Equal(["weights of 4.9 bits (q4_k_m)"], wall.Moves.Select(move => move.Change));
    }

    [Fact]
    public void Wall_RoomBeyondTheTrainedContext_SaysSo()
    {
        var wall = MemoryForecast.FindWall(RecordedBuffers.ShapeOf("llama-3.2-1b"), s_default, new MemoryBudget(new ByteSize(64L << 30)));
        Assert.Equal(WallVerdict.ReachesTrained, wall.Verdict);
        Assert.True(wall.WallTokens > 131_072);
        Assert.Empty(wall.Moves);
    }

    [Fact]
    public void Wall_AChangeThatReachesTheTrainedContext_HasNoCountBeyondIt()
    {
        var wall = MemoryForecast.FindWall(RecordedBuffers.ShapeOf("llama-3.1-8b"), s_default, new MemoryBudget(new ByteSize(20L << 30)));
        Assert.Equal(WallVerdict.BelowTrained, wall.Verdict);
        Assert.Equal("KV type q4_0: the whole context that the model was trained for", ForecastPhrases.FormatMove(wall.Moves[0]));
    }

    [Fact]
    public void Wall_RecurrentOnly_HasNone()
    {
        var shape = RecordedBuffers.ShapeOf("nano") with { Layers = [new RecurrentLayer(4, 2048, 128, 1)] };
        var wall = MemoryForecast.FindWall(shape, s_default, new MemoryBudget(new ByteSize(1L << 30)));
        Assert.Equal((WallVerdict.Unlimited, null), (wall.Verdict, wall.WallTokens));
        Assert.Empty(wall.Moves);
    }

    [Fact]
    public void Wall_ShapeWithoutWeights_IsRefusedByName()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            MemoryForecast.FindWall(RecordedBuffers.ShapeOf("nano") with { WeightBytes = null }, s_default,
                new MemoryBudget(new ByteSize(1L << 30))));
        Assert.Contains("weight bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wall_TwoTiers_EachIsHeldAgainstItsOwn()
    {
        var shape = RecordedBuffers.ShapeOf("llama-3.1-8b");
        var settings = s_default with { GpuLayers = 33 };
        var budget = new MemoryBudget(new ByteSize(2L << 30), new ByteSize(12L << 30));
        var wall = MemoryForecast.FindWall(shape, settings, budget);
        var (here, there) = (MemoryForecast.Compute(shape, settings, wall.WallTokens!.Value),
            MemoryForecast.Compute(shape, settings, wall.WallTokens.Value + 1));
        Assert.True(here.Accelerator!.TotalBytes <= 12L << 30 && here.Host.TotalBytes <= 2L << 30);
        Assert.True(there.Accelerator!.TotalBytes > 12L << 30 || there.Host.TotalBytes > 2L << 30);
    }

    [Fact]
    public void Wall_AcceleratorIdle_OffersLayersForIt()
    {
        var budget = new MemoryBudget(new ByteSize(10L << 30), new ByteSize(24L << 30));
        var wall = MemoryForecast.FindWall(RecordedBuffers.ShapeOf("llama-3.1-8b"), s_default, budget);
        Assert.Contains(wall.Moves,
            move => move.Change.EndsWith("GPU layers", StringComparison.Ordinal) && move.WallTokens > wall.WallTokens);
    }

    [Fact]
    public void Wall_SlidingWindow_ReachesFarther()
    {
        var shape = RecordedBuffers.ShapeOf("gemma-3-12b");
        var budget = new MemoryBudget(new ByteSize(24L << 30));
        var windowed = MemoryForecast.FindWall(shape, s_default, budget);
        var full = MemoryForecast.FindWall(shape, s_default with { FullSlidingWindow = true }, budget);
        Assert.True(windowed.WallTokens > 4 * full.WallTokens);
        Assert.Contains(full.Moves,
            move => move.Change.StartsWith("sliding-window", StringComparison.Ordinal) && move.WallTokens == windowed.WallTokens);
    }
}
