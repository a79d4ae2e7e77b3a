using MemoryWall.Analysis;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Engine.Tests.Analysis;

public class ConcurrencySummaryTests
{
    private static Trial Stream(int number, double firstAfter, double endedAfter, Outcome? outcome = null, int? output = 10) => new()
    {
        Number = number,
        ContextTokens = 100,
        Repetition = 1,
        Concurrency = 2,
        Stream = number,
        OutputTokensAsked = 10,
        OutputTokens = output,
        CountedPromptTokens = 100,
        Outcome = outcome ?? new Completed(),
        Server = new ServerTimings { Queue = TimeSpan.FromSeconds(firstAfter / 2) },
        Client = new ClientTimings
        {
            Sent = Instant.FromSeconds(5),
            TimeToFirstToken = TimeSpan.FromSeconds(firstAfter),
            TimeToLastToken = TimeSpan.FromSeconds(endedAfter),
            TimeToEnd = TimeSpan.FromSeconds(endedAfter),
        },
    };

    [Fact]
    public void Summarize_TwoStreams_AddsUpOverTheSameTime()
    {
        var summary = Assert.Single(ConcurrencySummary.Summarize([Stream(1, 1, 2), Stream(2, 3, 4)]));
        // 20 tokens from second 1 to second 4; 220 tokens from the first request to the end.
        Assert.Equal(20 / 3.0, summary.GenerationTps!.Value, 6);
        Assert.Equal(220 / 4.0, summary.TotalTps!.Value, 6);
        Assert.Equal(3, summary.LongestTtftSeconds);
        Assert.Equal(1.5, summary.LongestQueueSeconds);
        // Jain's index of the speeds 1/2 and 1/4: (3/4)² / (2 · 5/16).
        Assert.Equal(0.9, summary.Fairness!.Value, 6);
    }

    [Fact]
    public void Summarize_QueueNotTold_IsWhatTtftHasBeyondPrefill()
    {
        Trial[] streams = [Stream(1, 1, 2), Stream(2, 3, 4)];

        Assert.Equal(2.5,
            Assert.Single(
                ConcurrencySummary.Summarize(
                    [.. streams.Select(s => s with { Server = new ServerTimings { Prefill = TimeSpan.FromSeconds(0.5) } })]))
                    .LongestQueueSeconds);
        Assert.Null(
            Assert.Single(ConcurrencySummary.Summarize([.. streams.Select(s => s with { Server = new ServerTimings() })]))
                .LongestQueueSeconds);
    }

    [Fact]
    public void Summarize_AStreamThatFailed_NoFigureForTheOthers()
    {
        var summary = Assert.Single(ConcurrencySummary.Summarize([Stream(1, 1, 2), Stream(2, 3, 4, new TargetDied("gone"))]));
        Assert.Equal(1, summary.Completed);
        Assert.Null(summary.GenerationTps);
        Assert.Null(summary.Fairness);
    }

    [Fact]
    public void Summarize_AnUnknownCount_NoRateButTheTimes()
    {
        var summary = Assert.Single(ConcurrencySummary.Summarize([Stream(1, 1, 2, output: null), Stream(2, 3, 4)]));
        Assert.Null(summary.GenerationTps);
        Assert.Equal(3, summary.LongestTtftSeconds);
    }

    [Fact]
    public void Summarize_TrialsAlone_NoGroups() => Assert.Empty(ConcurrencySummary.Summarize([Stream(1, 1, 2) with { Concurrency = 1 }]));
}
