using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets.Http;

public sealed class BufferedStreamCheckTests
{
    private static IReadOnlyList<StreamMark> Marks(params ReadOnlySpan<double> milliseconds)
    {
        var marks = new List<StreamMark>();
        foreach (var moment in milliseconds)
            marks.Add(new StreamMark(MarkKind.Chunk, null, Instant.FromSeconds(1 + (moment / 1000)), null));
        return marks;
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(0.2, false)]
    [InlineData(0.05, true)]
    [InlineData(0, true)]
    public void IsBuffered_EvenSteps_OnlyWhereNoServerIsThatFast(double step, bool atOnce) =>
        Assert.Equal(atOnce, BufferedStreamCheck.IsBuffered(Marks([.. Enumerable.Range(0, 64).Select(token => token * step)]), 64));

    [Fact]
    public void IsBuffered_TwoChunksInEachRead_IsNoBurst() =>
        Assert.False(BufferedStreamCheck.IsBuffered(Marks([.. Enumerable.Range(0, 64).Select(token => token / 2 * 10.0)]), 64));

    [Fact]
    public void IsBuffered_OnePieceASecond_IsABurst() =>
        Assert.True(BufferedStreamCheck.IsBuffered(Marks([.. Enumerable.Range(0, 64).Select(token => token / 16 * 1000.0)]), 64));

    [Theory]
    [InlineData(64, true)]
    [InlineData(24, true)]
    [InlineData(12, false)]
    [InlineData(null, false)]
    public void IsBuffered_ThreeChunks_DependsOnTheirTokens(int? tokens, bool atOnce) =>
        Assert.Equal(atOnce, BufferedStreamCheck.IsBuffered(Marks(0, 100, 200), tokens));

    [Fact]
    public void IsBuffered_ReportsOfPrefill_AreNoChunks() =>
        Assert.False(
            BufferedStreamCheck.IsBuffered(
                [.. Enumerable.Range(0, 64).Select(_ => new StreamMark(MarkKind.Prefill, 1, Instant.FromSeconds(1), null))], 64));
}
