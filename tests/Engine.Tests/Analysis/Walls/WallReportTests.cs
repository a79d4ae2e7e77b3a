using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

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
            Memory = new TrialMemory { CapBytes = 2000 * MiB, Generation = new MemoryTraffic { ReadBytes = readMebibytes * MiB } },
        };

    private static WallReport Wall(Run run) => RunReport.Create(run).Wall;

    // Five repetitions, each context once in each.
    private static Trial[] Repeated(params (int Context, double Tps, long ReadMebibytes)[] contexts) =>
        [.. Enumerable.Range(0, 5).SelectMany(r => contexts.Select((at, i) =>
            Trial(r * contexts.Length + i + 1, at.Context, at.Tps * (1 + 0.01 * (r % 2)), at.ReadMebibytes) with { Repetition = r + 1 }))];

    // Readings of a real run, shortened: 1.05 GiB mapped under a cap of 700 MiB, 1.5 tokens/s.

    [Fact]
    public void Describe_WeightsLargerThanTheCap_SaysSoWithTheBytesOfEachToken()
    {
        var wall = Wall(Run(700, Trial(1, 2048, 1.5, 15_900), Trial(2, 224, 1.6, 15_750)));
        Assert.Equal((null, 224, 0), (wall.InsideTokens, wall.BeyondTokens, wall.PredictedTokens));
        var verdict = Conclude(wall);
        Assert.Equal((WallPosition.NothingFits, 1_080 * MiB, 0), (verdict.Position, verdict.WeightBytes, verdict.Forecast!.Tokens));
        Assert.Equal((MemoryRegime.Thrashing, 1.6, (double?)null),
            (verdict.Beyond!.Regime, verdict.Beyond.Tps!.Value, verdict.Beyond.Slowdown));
        Assert.Equal(1_050 * MiB, verdict.StorageBytesPerToken);
    }

    [Fact]
    public void Describe_SpillThatEndsInDeath_SaysBoth()
    {
        var wall = Wall(
            Run(2000, Trial(1, 16_384, 10, 0), Trial(2, 16_896, 8, 6_000),
                Trial(3, 24_576, 1, 0) with { OutputTokens = null, Outcome = new OutOfMemory("oom_kill rose by 1") }));
        Assert.Equal((16_384, 16_896), (wall.InsideTokens, wall.BeyondTokens));
        var verdict = Conclude(wall);
        // One repetition shows both rates and no factor.
        Assert.Equal((10.0, 8.0, null), (verdict.InsideTps!.Value, verdict.Beyond!.Tps!.Value, verdict.Beyond.Slowdown));
        Assert.Equal(4, verdict.Beyond.Comparison!.MissingPairs);
        Assert.Equal(400 * MiB, verdict.StorageBytesPerToken);
        Assert.Equal((24_576, MemoryRegime.OutOfMemory), (verdict.Failure!.ContextTokens, verdict.Failure.Regime));
        Assert.Equal([1, 2, 3], verdict.Trials);
    }

    [Fact]
    public void Analyze_SlowerStillFartherOut_IsReported()
    {
        var wall = Wall(Run(2000, Trial(1, 16_384, 10, 0), Trial(2, 16_640, 8, 6_000), Trial(3, 24_576, 0.5, 20_000)));
        Assert.Equal((24_576, 0.5, null), (wall.Slowest!.ContextTokens, wall.SlowestTps!.Value, wall.WorstFactor));
        var repeated = Conclude(Wall(Run(2000, Repeated((16_384, 10, 0), (16_640, 8, 6_000), (24_576, 0.5, 20_000)))));
        Assert.Equal(1.25, repeated.Beyond!.Slowdown!.Value, 0.001);
        Assert.Equal((24_576, MemoryRegime.Thrashing, 0.5),
            (repeated.Slowest!.ContextTokens, repeated.Slowest.Regime, repeated.Slowest.Tps));
        Assert.Equal(20, repeated.Slowest.Slowdown!.Value, 0.001);
    }

    // After an interrupted search the edges are so far apart that any forecast is between them.
    [Fact]
    public void Analyze_EdgesFarApart_NoErrorIsReported()
    {
        var predicted = Wall(Run(2000, Trial(1, 2_048, 20, 0))).PredictedTokens!.Value;
        Assert.Null(Wall(Run(2000, Trial(1, predicted - 4_000, 10, 0), Trial(2, predicted + 4_000, 2, 20_000))).Error);
        Assert.Equal(0, Wall(Run(2000, Trial(1, predicted - 100, 10, 0), Trial(2, predicted + 100, 2, 20_000))).Error);
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
        var wall = Wall(Run(2000, Trial(1, 16_384, 10, 0), stopped));
        Assert.True(wall.BeyondIsBound);
        var beyond = Conclude(wall).Beyond!;
        Assert.True(beyond.IsBound);
        Assert.Null(beyond.Slowdown);
        var repeated = Wall(Run(2000, [.. Repeated((16_384, 10, 0), (16_896, 1, 6_000)).Select(trial =>
            trial.ContextTokens == 16_384 ? trial : stopped with { Number = trial.Number, Repetition = trial.Repetition })]));
        Assert.Equal(150, Conclude(repeated).Beyond!.Slowdown!.Value, 2.0);
    }

    [Fact]
    public void Describe_NoTrialTells_FindsNoWall() =>
        Assert.Equal(WallPosition.Unknown, Conclude(Wall(
            Run(2000, Trial(1, 2048, 1, 0) with { OutputTokens = null, Outcome = new ProtocolViolation("no final frame") }))).Position);

    [Fact]
    public void Conclude_SlowdownWithinTheSpread_IsNone() =>
        Assert.Null(Conclude(Wall(Run(2000, Repeated((16_384, 10, 0), (16_896, 9.7, 6_000))))).Beyond!.Slowdown);

    private static WallVerdict Conclude(WallReport wall) => WallVerdicts.Create(wall, new SummaryRules());
}
