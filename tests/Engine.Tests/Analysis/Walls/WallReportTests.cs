using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Walls;

namespace MemoryWall.Engine.Tests.Analysis.Walls;

public class WallReportTests
{
    private const long MiB = 1 << 20;

    private static readonly ModelShape s_shape = new()
    {
        Architecture = "llama",
        EmbeddingLength = 2048,
        VocabularySize = 128_256,
        FeedForwardLength = 8192,
        WeightBytes = 1_080 * MiB,
        ActiveWeightBytes = 1_080 * MiB,
        Layers = [.. Enumerable.Repeat(new AttentionLayer(32, 8, 64, 64), 16)],
    };

    private static Run Run(long capMebibytes, params Trial[] trials) => AnalysisSamples.Run(trials) with
    {
        Manifest = AnalysisSamples.Run([]).Manifest with
        {
            Plan = new SweepPlan
            {
                Target = "embedded:1b",
                Contexts = [],
                OutputTokens = 16,
                Cap = new CapPlan { Bytes = capMebibytes * MiB, SwapBytes = 0 }
            },
            Target = new TargetFacts { Kind = "embedded", Endpoint = "http://127.0.0.1:1", Model = "1b", Shape = s_shape },
        },
    };

    private static Trial Trial(int number, int context, double tps, long readMebibytes) =>
        AnalysisSamples.Server(number, context, 1, 15 / tps, output: 16) with
        {
            KvBytes = context * 32_768L,
            WindowTokens = context + 32,
            Memory = new TrialMemory { Generation = new MemoryTraffic { ReadBytes = readMebibytes * MiB } },
        };

    // Readings of a real run, shortened: 1.05 GiB mapped under a cap of 700 MiB, 1.5 tokens/s.
    [Fact]
    public void Describe_WeightsLargerThanTheCap_SaysSoWithTheBytesOfEachToken()
    {
        var wall = Create(Run(700, Trial(1, 2048, 1.5, 15_900), Trial(2, 224, 1.6, 15_750)));
        Assert.Equal((null, 224, 0), (wall.InsideTokens, wall.BeyondTokens, wall.PredictedTokens));
        Assert.Equal(
            "No context fits within 700 MiB: the weights alone take 1.05 GiB; the smallest tried is 224 tokens; the forecast was that no "
            + "context fits. There the system is thrashing at 1.6 tokens/s. Each token reads 1.03 GiB from storage.",
            WallSentence.Format(wall));
    }

    [Fact]
    public void Describe_SpillThatEndsInDeath_SaysBoth()
    {
        var wall = Create(
            Run(2000, Trial(1, 16_384, 10, 0), Trial(2, 16_896, 8, 6_000),
                Trial(3, 24_576, 1, 0) with { OutputTokens = null, Outcome = new OutOfMemory("oom_kill rose by 1") }));
        Assert.Equal((16_384, 16_896), (wall.InsideTokens, wall.BeyondTokens));
        Assert.Contains("falls from 10 to 8 tokens/s", WallSentence.Format(wall), StringComparison.Ordinal);
        Assert.EndsWith("Each token reads 400 MiB from storage. At 24,576 tokens the server runs out of memory.", WallSentence.Format(wall),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Analyze_SlowerStillFartherOut_IsReported()
    {
        var wall = Create(Run(2000, Trial(1, 16_384, 10, 0), Trial(2, 16_640, 8, 6_000), Trial(3, 24_576, 0.5, 20_000)));
        Assert.Equal((24_576, 0.5, 20.0), (wall.Slowest!.ContextTokens, wall.SlowestTps!.Value, wall.WorstFactor!.Value));
        Assert.Contains("At 24,576 tokens it is thrashing with 0.5 tokens/s, 20 times slower than before the wall.",
            WallSentence.Format(wall),
            StringComparison.Ordinal);
    }

    // After an interrupted search the edges are so far apart that any forecast is between them.
    [Fact]
    public void Analyze_EdgesFarApart_NoErrorIsReported()
    {
        var predicted = Create(Run(2000, Trial(1, 2_048, 20, 0))).PredictedTokens!.Value;
        Assert.Null(Create(Run(2000, Trial(1, predicted - 4_000, 10, 0), Trial(2, predicted + 4_000, 2, 20_000))).Error);
        Assert.Equal(0, Create(Run(2000, Trial(1, predicted - 100, 10, 0), Trial(2, predicted + 100, 2, 20_000))).Error);
    }

    [Fact]
    public void Analyze_TrialThatWasStopped_GivesABoundAndSaysSo()
    {
        var stopped = Trial(2, 16_896, 1, 6_000) with
        {
            OutputTokens = null,
            Chunks = 3,
            Server = new ServerTimings(),
            Client = new ClientTimings { TimeToFirstToken = TimeSpan.FromSeconds(5), TimeToEnd = TimeSpan.FromSeconds(50) },
            Outcome = new Thrashing("generation took longer than its limit of 45 s"),
        };
        var wall = Create(Run(2000, Trial(1, 16_384, 10, 0), stopped));
        Assert.True(wall.BeyondIsBound);
        Assert.Contains("to at most 0.067 tokens/s, at least 150 times slower", WallSentence.Format(wall), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_NoTrialTells_FindsNoWall() =>
        Assert.StartsWith("No wall was found",
            WallSentence.Format(Create(
                Run(2000, Trial(1, 2048, 1, 0) with { OutputTokens = null, Outcome = new ProtocolViolation("no final frame") }))),
                StringComparison.Ordinal);

    private static WallReport Create(Run run) => RunReport.Create(run).Wall;
}
