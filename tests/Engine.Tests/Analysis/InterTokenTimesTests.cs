using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Engine.Tests.Analysis;

public sealed class InterTokenTimesTests
{
    private static IReadOnlyList<StreamMark> Marks(IEnumerable<double> gaps, int? tokens = 1, bool native = false)
    {
        var at = 0.0;
        return [new StreamMark(MarkKind.Prefill, 512, Instant.FromSeconds(0), null), .. gaps.Prepend(0.5).Select(gap =>
        {
            at += gap;
            return new StreamMark(MarkKind.Chunk, tokens, Instant.FromSeconds(at + 0.001), native ? TimeSpan.FromSeconds(at) : null);
        })];
    }

    private static InterTokenTimes? Analyze(Trial trial, IReadOnlyList<StreamMark> marks) =>
        Assert.Single(
            RunReport.Create(
                AnalysisSamples.Run([trial], marks: new Dictionary<int, IReadOnlyList<StreamMark>> { [trial.Number] = marks })).Contexts)
                .InterToken;

    private static readonly double[] s_even = [.. Enumerable.Range(0, 63).Select(i => 0.010 + 0.0001 * (i % 2))];

    [Fact]
    public void Analyze_OneTokenAChunk_GivesPercentilesJitterAndNoP99FromTooFew()
    {
        var times = Analyze(AnalysisSamples.Server(1, 2048, 1, 1), Marks(s_even))!;
        Assert.Equal(63, times.Gaps);
        Assert.Equal(0.0100, times.P50Seconds, 9);
        Assert.Equal(0.0101, times.P90Seconds!.Value, 9);
        Assert.Null(times.P99Seconds);
        Assert.Equal(0.0001, times.JitterSeconds, 9);
        Assert.Empty(times.Stalls);
        Assert.Equal(TimingSource.Client, times.Source);
    }

    [Fact]
    public void Analyze_TargetTellsItsOwnTimes_TheyAreUsed() =>
        Assert.Equal(TimingSource.Native, Analyze(AnalysisSamples.Server(1, 2048, 1, 1), Marks(s_even, native: true))!.Source);

    // A chunk is not a token: tokens that arrive together were not generated together.
    [Fact]
    public void Analyze_SeveralTokensInAChunk_NothingIsMadeUp()
    {
        Assert.Null(Analyze(AnalysisSamples.Server(1, 2048, 1, 1), Marks(s_even, tokens: 2)));
        Assert.Null(Analyze(AnalysisSamples.Server(1, 2048, 1, 1), Marks(s_even[..31], tokens: null)));
    }

    // Four chunks that are written one after the other, then the next step: neither gap is the time of a token.
    [Fact]
    public void Extract_BurstsWithShortGapsInside_AreNoTimesBetweenTokens()
    {
        double[] bursts = [.. Enumerable.Range(1, 63).Select(i => i % 4 == 0 ? 0.04955 : 0.00015)];
        Assert.Equal(new BunchedArrivals(64, 16), TokenGaps.Extract(AnalysisSamples.Server(1, 2048, 1, 1), Marks(bursts)).Why);
    }

    [Fact]
    public void Extract_HonestServers_AreNotBunched()
    {
        // A thousand tokens a second; much jitter; one long pause of a fast server; memory that thrashes at each second token.
        double[][] honest =
        [
            [.. Enumerable.Repeat(0.001, 63)],
            [.. Enumerable.Range(0, 63).Select(i => i % 2 == 0 ? 0.002 : 0.018)],
            [.. Enumerable.Range(0, 63).Select(i => i == 30 ? 1 : 0.0005)],
            [.. Enumerable.Range(0, 63).Select(i => i % 2 == 0 ? 0.010 : 2)],
        ];
        Assert.All(honest, gaps => Assert.NotNull(TokenGaps.Extract(AnalysisSamples.Server(1, 2048, 1, 1), Marks(gaps)).Gaps));
    }

    [Fact]
    public void Analyze_UntoldChunksButAsManyAsTokens_AreTokens() =>
        Assert.Equal(63, Analyze(AnalysisSamples.Server(1, 2048, 1, 1), Marks(s_even, tokens: null))!.Gaps);

    [Fact]
    public void Analyze_OnePause_IsAStallWithItsPlaceAndAVerdict()
    {
        double[] gaps = [.. s_even];
        gaps[40] = 0.4;
        var run = AnalysisSamples.Run([AnalysisSamples.Server(7, 2048, 1, 1)],
            marks: new Dictionary<int, IReadOnlyList<StreamMark>> { [7] = Marks(gaps) });
        var analysis = RunReport.Create(run);
        var stall = Assert.Single(analysis.Contexts[0].InterToken!.Stalls);
        Assert.Equal((7, 41), (stall.Trial, stall.AfterTokens));
        Assert.Equal(0.4, stall.Seconds, 9);
        Assert.Equal([7], Assert.Single(analysis.Verdicts, verdict => verdict.Topic == VerdictTopic.Stall).Trials);
    }

    [Fact]
    public void Analyze_MarksThatGoBackInTime_AreNotTimed() =>
        Assert.Null(Analyze(AnalysisSamples.Server(1, 2048, 1, 1), Marks([0.1, -0.05, 0.1])));

    [Fact]
    public void Analyze_FailedTrial_IsNotInIt() =>
        Assert.Null(Analyze(AnalysisSamples.Server(1, 2048, 1, 1) with { Outcome = new TargetDied("gone") }, Marks(s_even)));
}
