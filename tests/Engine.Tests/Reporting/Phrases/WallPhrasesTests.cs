using MemoryWall.Analysis.Verdicts;
using MemoryWall.Analysis.Walls;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Reporting.Phrases;

public sealed class WallPhrasesTests
{
    private const long MiB = 1 << 20;

    private static readonly WallStep s_thrashing = new(12_288, MemoryRegime.Thrashing, 1.017, IsBound: false, 13.4);
    private static readonly WallStep s_outOfMemory = new(12_288, MemoryRegime.OutOfMemory, null, IsBound: false, null);

    [Fact]
    public void Format_SlowdownThatGrows_NamesBothContexts() => Assert.Equal(
        "The memory wall within 400 MiB is between 8,192 and 12,288 tokens; the forecast was 9,440, between the two. Beyond it generation "
        + "falls from 13.7 to 1.02 tokens/s, 13.4 times slower. Each token reads 133 MiB from storage. "
        + "At 16,384 tokens it is thrashing with at most 0.299 tokens/s, at least 45.8 times slower than before the wall.",
        WallPhrases.Format(Wall(WallPosition.Between, 8_192, s_thrashing) with
        {
            Forecast = new WallForecastFinding(9_440, IsWithoutTier: false, IsBetween: true, Error: null),
            StorageBytesPerToken = 133 * MiB,
            Slowest = new WallStep(16_384, MemoryRegime.Thrashing, 0.299, IsBound: true, 45.8),
        }));

    [Fact]
    public void Format_SpillThatEndsOutOfMemory_SaysBoth() => Assert.EndsWith(
        "Beyond it the system is spilling but still generates 13.0 tokens/s. At 16,384 tokens the server runs out of memory.",
        WallPhrases.Format(Wall(WallPosition.Between, 8_192, s_thrashing with
        {
            Regime = MemoryRegime.Spilling,
            Tps = 13,
            Slowdown = null
        }) with
        { Failure = s_outOfMemory with { ContextTokens = 16_384 } }), StringComparison.Ordinal);

    [Fact]
    public void Format_NothingFits_NamesTheWeights() => Assert.Equal(
        "No context fits within 400 MiB: the weights alone take 1.05 GiB; the smallest tried is 12,288 tokens; the forecast was that no "
        + "context fits. There the system is thrashing at 1.02 tokens/s.",
        WallPhrases.Format(Wall(WallPosition.NothingFits, null, s_thrashing with { Slowdown = null }) with
        {
            InsideTps = null,
            WeightBytes = 1_080 * MiB,
            Forecast = new WallForecastFinding(0, IsWithoutTier: false, IsBetween: false, Error: null),
        }));

    [Theory]
    [InlineData(nameof(WallPosition.Unknown), "No wall was found within 400 MiB: no trial shows where its memory was.")]
    [InlineData(nameof(WallPosition.NotReached), "No wall within 400 MiB up to 8,192 tokens.")]
    public void Format_NoWall_SaysHowFarItLooked(string position, string expected) =>
        Assert.Equal(expected, WallPhrases.Format(Wall(Enum.Parse<WallPosition>(position), 8_192, beyond: null)));

    [Fact]
    public void Format_ForecastBeyondTheTrainedContext_EndsThere() => Assert.Equal(
        "No wall within 400 MiB up to 8,192 tokens; the forecast was none up to 128k.",
        WallPhrases.Format(Wall(WallPosition.NotReached, 8_192, beyond: null) with
        {
            Forecast = new WallForecastFinding(5_121_512, IsWithoutTier: false, IsBetween: false, Error: null) { TrainedTokens = 131_072 },
        }));

    [Fact]
    public void Format_ReachOfASystemThatThrashes_SaysSo() => Assert.Equal(
        "standard completes up to 16,384 tokens, thrashing from 12,288; no larger context was tried.",
        SystemPhrases.Format(new SystemReachVerdict("standard", 16_384, null, null) { ThrashesFromTokens = 12_288 }));

    [Fact]
    public void Format_SlowerForAnUnknownCause_IsNoWallAndSaysSo() => Assert.Equal(
        "No wall within 400 MiB up to 8,192 tokens. From 4,096 tokens on generation is slower than half of "
        + "what is expected; the cause is not known.",
        WallPhrases.Format(Wall(WallPosition.NotReached, 8_192, beyond: null) with { SlowerFromTokens = 4_096 }));

    [Fact]
    public void FormatClause_EachEnd_IsAPartOfATitle()
    {
        Assert.Equal("works up to 8k (13.7 t/s) and runs out of memory at 12k",
            WallPhrases.FormatClause(Wall(WallPosition.Between, 8_192, s_outOfMemory)));
        Assert.Equal("works up to 8k (13.7 t/s) and is thrashing at 12k (1.02 t/s)",
            WallPhrases.FormatClause(Wall(WallPosition.Between, 8_192, s_thrashing with { Slowdown = null })));
        Assert.Equal("becomes 13.4 times slower between 8k and 12k, from 13.7 t/s to 1.02 t/s (thrashing)",
            WallPhrases.FormatClause(Wall(WallPosition.Between, 8_192, s_thrashing)));
    }

    [Fact]
    public void FormatShortClause_EachEnd_NamesItsContext()
    {
        Assert.Equal("runs out of memory at 12k", WallPhrases.FormatShortClause(Wall(WallPosition.Between, 8_192, s_outOfMemory)));
        Assert.Equal("is 13.4 times slower at 12k (thrashing, 1.02 t/s)",
            WallPhrases.FormatShortClause(Wall(WallPosition.Between, 8_192, s_thrashing)));
        Assert.Equal("is thrashing from 12k",
            WallPhrases.FormatShortClause(Wall(WallPosition.Between, 8_192, s_thrashing with { Slowdown = null })));
    }

    [Fact]
    public void FormatCell_EachEnd_IsTheRegime()
    {
        Assert.Equal("no wall found", WallPhrases.FormatCell(Wall(WallPosition.NotReached, 8_192, beyond: null)));
        Assert.Equal("thrashing, out of memory at 16,384", WallPhrases.FormatCell(Wall(WallPosition.Between, 8_192, s_thrashing) with
        {
            Failure = s_outOfMemory with { ContextTokens = 16_384 }
        }));
    }

    private static WallVerdict Wall(WallPosition position, int? inside, WallStep? beyond) =>
        new(position, inside, beyond?.ContextTokens, [])
        {
            BudgetBytes = 400 * MiB,
            WeightBytes = null,
            Forecast = null,
            InsideTps = 13.677,
            Beyond = beyond,
            StorageBytesPerToken = null,
            Slowest = null,
            Failure = null,
            SlowerFromTokens = null,
        };
}
