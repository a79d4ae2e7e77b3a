using MemoryWall.Analysis.Review;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Analysis;

namespace MemoryWall.Engine.Tests.Core.Trials;

/// <summary>How many separate arrivals a stream has, and when its answer counts as buffered for that.</summary>
public sealed class StreamArrivalsTests
{
    [Theory]
    [InlineData(5, false)]
    [InlineData(0.2, false)]
    [InlineData(0.05, true)]
    [InlineData(0, true)]
    public void IsBuffered_EvenSteps_OnlyWhereNoServerIsThatFast(double step, bool atOnce) =>
        Assert.Equal(atOnce, IsBuffered(Marks([.. Enumerable.Range(0, 64).Select(token => token * step)]), 64));

    [Fact]
    public void IsBuffered_TwoChunksInEachRead_IsNoBurst() =>
        Assert.False(IsBuffered(Marks([.. Enumerable.Range(0, 64).Select(token => token / 2 * 10.0)]), 64));

    [Fact]
    public void IsBuffered_OnePieceASecond_IsABurst() =>
        Assert.True(IsBuffered(Marks([.. Enumerable.Range(0, 64).Select(token => token / 16 * 1000.0)]), 64));

    [Theory]
    [InlineData(64, true)]
    [InlineData(24, true)]
    [InlineData(12, false)]
    [InlineData(null, false)]
    public void IsBuffered_ThreeChunks_DependsOnTheirTokens(int? tokens, bool atOnce) =>
        Assert.Equal(atOnce, IsBuffered(Marks(0, 100, 200), tokens));

    [Fact]
    public void IsBuffered_ReportsOfPrefill_AreNoChunks() =>
        Assert.False(
            IsBuffered([.. Enumerable.Range(0, 64).Select(_ => new StreamMark(MarkKind.Prefill, 1, Instant.FromSeconds(1), null))], 64));

    [Fact]
    public void Count_AnyInstants_DoesNotOverflow() =>
        Assert.Equal(2, StreamArrivals.Count(
            [new(MarkKind.Chunk, 1, new Instant(long.MinValue), null), new(MarkKind.Chunk, 1, new Instant(long.MaxValue), null)],
            StreamArrivals.MinGap));

    // The marks themselves and the stored count give the same answer.
    private static bool IsBuffered(IReadOnlyList<StreamMark> marks, int? tokens)
    {
        var trial = AnalysisSamples.Client() with
        {
            OutputTokens = tokens,
            Chunks = marks.Count(mark => mark.Kind != MarkKind.Prefill),
            Arrivals = StreamArrivals.Count(marks, StreamArrivals.MinGap),
        };
        var stored = TrialReview.Review(trial).Has<Buffered>();
        var run = AnalysisSamples.Run([trial with { Arrivals = null }],
            marks: new Dictionary<int, IReadOnlyList<StreamMark>> { [1] = marks });
        Assert.Equal(stored, TrialReview.Review(run)[0].Has<Buffered>());
        return stored;
    }

    private static IReadOnlyList<StreamMark> Marks(params ReadOnlySpan<double> milliseconds)
    {
        var marks = new List<StreamMark>();
        foreach (var moment in milliseconds)
            marks.Add(new StreamMark(MarkKind.Chunk, null, Instant.FromSeconds(1 + (moment / 1000)), null));
        return marks;
    }
}
