using MemoryWall.Analysis.Sessions;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Analysis.Sessions;

public sealed class SessionForecastTests
{
    private const double BytesPerToken = 1000;

    // 1 ms a token up to 4,096 tokens, and 10 ms for each token of an answer; the first token takes 125 ms more than prefill.
    private static MeasuredTimes Times() => MeasuredTimes.Find(AnalysisSamples.Report(
        AnalysisSamples.InOrder((1024, 1.024, 0.63), (2048, 2.048, 0.63), (4096, 4.096, 0.63))))!;

    private static TraceRequest Request(long at, int input, params int[] ids) => new(at, input, 11, ids);

    private static SessionForecast Compute(IReadOnlyList<TraceRequest> requests, IReadOnlyList<long> ram, params StorageSize[] storages) =>
        Compute(requests, [.. ram.Select(bytes => new RamSize(bytes))], CacheRules.Blocks, storages);

    private static SessionForecast Compute(IReadOnlyList<TraceRequest> requests, IReadOnlyList<RamSize> ram, CacheRules rules,
        params StorageSize[] storages) => SessionForecast.Compute(
            new SessionForecastInput(new ScaledTrace(requests), Times(), BytesPerToken) { Rules = rules }, ram, storages);

    [Fact]
    public void Find_MeasuredContexts_AreTheCurve()
    {
        var times = Times();

        Assert.Equal((1024, 4096, 3), (times.MinTokens, times.MaxTokens, times.Contexts));
        Assert.All([100, 1024, 3000, 9000], tokens => Assert.Equal(0.125, times.RestSeconds(tokens), 6));
        Assert.Equal(0.512, times.PrefillSeconds(512), 6);
        Assert.Equal(3, times.PrefillSeconds(3000), 6);
        Assert.Equal(8.192, times.PrefillSeconds(8192), 3);
        Assert.Equal(0, times.PrefillSeconds(0));
        Assert.Equal(0.1, times.GenerationSeconds(2048, 11), 6);
        Assert.False(times.IsBeyond(4096));
        Assert.True(times.IsBeyond(4097));
    }

    // 2,048 tokens took less time than 1,024, where two trials took 1.5 s each and the one of 2,048 took 1.2 s.
    [Fact]
    public void Find_ALongerPromptThatTookLess_SharesTheMean()
    {
        var times = MeasuredTimes.Find(AnalysisSamples.Report(
            AnalysisSamples.InOrder((1024, 1.5, 0.63), (1024, 1.5, 0.63), (2048, 1.2, 0.63), (4096, 4.2, 0.63))))!;

        Assert.Equal([1.4, 1.4, 4.2], times.PrefillPoints.Select(point => Math.Round(point.Value, 9)));
    }

    // A replayed trace: prompts of any length with answers of any length. 1,000 tokens and half of 64 are 1,032, as are 1,030 and half
    // of 4; 2,100 tokens took 1 ms more than 2,090.
    [Fact]
    public void FromTurns_PromptsOfAnyLength_AreOneCurve()
    {
        Trial Turn(int number, int tokens, int output, double prefill) => AnalysisSamples.Server(number, tokens, prefill,
            0.01 * (output - 1), output) with
        {
            Method = SweepMethod.Session,
            Session = new SessionTurn { Users = 1, User = number, Turn = 1, KnownTokens = 0 },
        };
        var times = MeasuredTimes.FromTurns(AnalysisSamples.Report(
            [Turn(1, 1000, 64, 1), Turn(2, 1030, 4, 1.03), Turn(3, 2090, 4, 2), Turn(4, 2100, 200, 2.001)]).Trials)!;

        Assert.Equal(4, times.Contexts);
        Assert.Equal(0.1, times.GenerationSeconds(5000, 11), 6);
        Assert.Equal(0.1, times.GenerationSeconds(1027, 11), 6);
        Assert.Equal(2.001 * 2, times.PrefillSeconds(4200), 3);
    }

    [Fact]
    public void Find_OneContext_IsNoCurve() =>
        Assert.Null(MeasuredTimes.Find(AnalysisSamples.Report(AnalysisSamples.InOrder((1024, 1, 1), (1024, 1, 1)))));

    // The second prompt has the blocks of the first and 512 tokens more.
    [Fact]
    public void Compute_AReturningPrompt_ComputesTheRestAlone()
    {
        var forecast = Compute([Request(0, 2048, 0, 1, 2, 3), Request(60_000, 2560, 0, 1, 2, 3, 4)], [100_000_000]);
        var (none, ram) = (forecast.Recompute, forecast.Caches[0]);

        Assert.Equal(4 / 9.0, ram.RamShare, 9);
        Assert.Equal(5 / 9.0, ram.MissShare, 9);
        Assert.Equal(0, none.RamShare);
        // Half of the two is between them.
        Assert.Equal((2.048 + 2.56) / 2 + 0.125, none.Ttft.P50, 6);
        Assert.Equal((2.048 + 0.512) / 2 + 0.125, ram.Ttft.P50, 6);
        Assert.Equal(forecast.Unlimited.RamShare, ram.RamShare);
    }

    [Fact]
    public void Compute_FromStorage_LoadsItsBytes()
    {
        var forecast = Compute([Request(0, 2048, 0, 1, 2, 3), Request(60_000, 2048, 0, 1, 2, 3)], [0],
            new StorageSize(100_000_000, 1_000_000));
        var stored = Assert.Single(forecast.Caches);

        Assert.Equal(0.5, stored.StorageShare);
        // The last token is computed: 2,047 tokens of 1,000 bytes at 1 MB/s, and one pass over the weights, as long as that of a generated
        // token.
        Assert.Equal(2_047_000, stored.LoadedBytes, 3);
        Assert.Equal((2.048 + 2.047 + 0.010) / 2 + 0.125, stored.TtftWithoutQueue.P50, 6);
        Assert.Equal(4 * 512 * BytesPerToken, stored.WrittenBytes);
    }

    // 1, 4 and 16 s for 1,024, 2,048 and 4,096 tokens: attention is all of it.
    [Theory]
    [InlineData(0, 2048, 4)]
    [InlineData(2048, 4096, 12)]
    [InlineData(1024, 2048, 3)]
    [InlineData(0, 512, 0.5)]
    [InlineData(2048, 2048, 0)]
    [InlineData(2049, 2048, 0)]
    [InlineData(2047, 2048, 0.01)]
    [InlineData(4090, 4096, 0.046841)]
    public void ComputeSeconds_AfterAKnownBeginning_AttendsToIt(int known, int tokens, double expected)
    {
        var times = MeasuredTimes.Find(AnalysisSamples.Report(
            AnalysisSamples.InOrder((1024, 1, 0.63), (2048, 4, 0.63), (4096, 16, 0.63))))!;

        Assert.Equal(expected, times.ComputeSeconds(known, tokens), 6);
    }

    // 64 tokens alone take 0.1 s; 1,000 and 1,064 tokens took the same, so that their difference is nothing.
    [Fact]
    public void ComputeSeconds_AShortRest_TakesAsLongAsAPromptOfItsLength()
    {
        var times = MeasuredTimes.Find(AnalysisSamples.Report(
            AnalysisSamples.InOrder((64, 0.1, 0.063), (1000, 0.15, 0.063), (1064, 0.15, 0.063))))!;

        Assert.Equal(0.1, times.ComputeSeconds(1000, 1064), 9);
    }

    // 10, 20 and 14 ms beside prefill: the last two share 17 ms.
    [Fact]
    public void RestSeconds_GrowsWithThePrompt()
    {
        Trial Rest(int number, int tokens, double rest) => AnalysisSamples.Server(number, tokens, tokens / 1e3, 0.63) is var trial
            ? trial with { Client = trial.Client with { TimeToFirstToken = TimeSpan.FromSeconds(tokens / 1e3 + rest) } }
            : trial;
        var times = MeasuredTimes.Find(AnalysisSamples.Report(
            [Rest(1, 1000, 0.010), Rest(2, 2000, 0.020), Rest(3, 4000, 0.014), Rest(4, 8000, 0.037)]))!;

        double[] expected = [0.010, 0.010, 0.0135, 0.017, 0.017, 0.022, 0.037, 0.037];
        Assert.Equal(expected, new double[] { 10, 1000, 1500, 2000, 4000, 5000, 8000, 90_000 }
            .Select(tokens => Math.Round(times.RestSeconds(tokens), 9)));
    }

    // 1,536 tokens are computed; then the same prompt finds them in RAM, and 100 MB/s bring 1,535,000 bytes in 15.35 ms.
    [Fact]
    public void Compute_RamWithABandwidth_TakesItsTime()
    {
        TraceRequest[] requests = [Request(0, 1536, 0, 1, 2), Request(60_000, 1536, 0, 1, 2)];
        var forecast = Compute(requests, [new RamSize(1 << 30, 100_000_000), new RamSize(1 << 30)], CacheRules.Blocks);

        Assert.Equal([0.01535, 0], forecast.Caches.Select(cache => Math.Round(cache.Requests[1].Load, 9)));
        Assert.Equal(0.01535 + 0.010 + 0.125, forecast.Caches[0].Requests[1].Ttft, 9);
        Assert.All(forecast.Caches, cache => Assert.Equal((0, 1535), (cache.Requests[0].ReusedTokens, cache.Requests[1].ReusedTokens)));
        Assert.Equal(["1.00 GiB at 95.4 MiB/s", "1.00 GiB"], forecast.Caches.Select(SessionForecastPhrases.Ram));
    }

    // Room for two blocks in RAM: of the first prompt its beginning stays there, and the rest is on storage. A conversation is too long for
    // it, and comes from storage as a whole.
    [Theory]
    [InlineData(null, 512, 512)]
    [InlineData(512, 0, 1024)]
    public void Compute_LargerThanRam_BlocksComeFromBothPlaces_AConversationFromStorage(int? batch, int copied, int loaded)
    {
        TraceRequest[] requests = [Request(0, 1536, 0, 1, 2), Request(60_000, 512, 3), Request(120_000, 1025, 0, 1, 4)];
        var forecast = Compute(requests, [new RamSize((long)(2 * 512 * BytesPerToken), 1_000_000)], new CacheRules(batch),
            new StorageSize(1 << 30, 500_000));
        var third = Assert.Single(forecast.Caches, cache => cache.Storage is not null).Requests[2];

        Assert.Equal((1024, loaded), (third.ReusedTokens, third.LoadedTokens));
        Assert.Equal(copied * 0.001 + loaded * 0.002, third.Load, 9);
    }

    [Fact]
    public void Compute_RequestsAtOnce_WaitForEachOther()
    {
        var forecast = Compute([Request(0, 1024, 0, 1), Request(0, 1024, 2, 3), Request(0, 1024, 4, 5)], [100_000_000]);

        // Each takes 1.149 s to its first token and 0.1 s for its answer.
        Assert.Equal(2 * 1.149 + 0.1, forecast.Recompute.Ttft.P50, 6);
        Assert.Equal(1.149, forecast.Recompute.TtftWithoutQueue.P50, 6);
        Assert.Null(forecast.Recompute.Load);
    }

    [Fact]
    public void Compute_MoreWorkThanTime_IsNamed()
    {
        var requests = Enumerable.Range(0, 20).Select(i => Request(i * 100, 1024, 2 * i, 2 * i + 1)).ToList();
        var forecast = Compute(requests, [100_000_000]);

        Assert.True(forecast.Recompute.IsOverloaded);
        Assert.Contains(SessionForecastPhrases.Format(forecast), line => line.Contains("does not keep up", StringComparison.Ordinal));
    }

    [Fact]
    public void Compute_PromptsBeyondTheMeasuredContexts_AreNamed()
    {
        var forecast = Compute([Request(0, 1024, 0, 1), Request(90_000, 5000, [.. Enumerable.Range(2, 10)])], [100_000_000]);

        Assert.Equal((1, 4096), (forecast.BeyondRequests, forecast.MeasuredTokens));
        Assert.Contains(SessionForecastPhrases.Format(forecast), line =>
            line.StartsWith("1 request (50%) has a prompt longer than 4,096 tokens, the longest measured", StringComparison.Ordinal));
        Assert.Null(SessionForecastPhrases.FormatBeyond(Compute([Request(0, 1024, 0, 1)], [100_000_000])));
    }

    [Theory]
    [InlineData(500_000, "loses time at every measured context")]
    [InlineData(2_000_000, "gains time at every measured context")]
    public void Format_Storage_SaysGainAndLoss(long bytesPerSecond, string expected)
    {
        var forecast = Compute([Request(0, 1024, 0, 1)], [0], new StorageSize(1_000_000_000, bytesPerSecond));

        Assert.Contains(SessionForecastPhrases.Format(forecast), line => line.Contains(expected, StringComparison.Ordinal));
        Assert.StartsWith("Storage of 954 MiB at ", SessionForecastPhrases.Format(forecast)[0], StringComparison.Ordinal);
        Assert.All(forecast.BreakEvens, context => Assert.Equal(1_000_000, context.BytesPerSecond, 3));
    }

    // Each prompt comes twice in a row: room for one block finds a half of the lookups of short prompts, and more RAM finds no more.
    [Fact]
    public void Format_SizesThatFindTheSame_NamesTheSmallest()
    {
        var requests = Enumerable.Range(0, 8).Select(i => Request(i * 60_000, 512, i / 2)).ToList();
        var forecast = Compute(requests, [1_000_000, 4_000_000, 16_000_000], new StorageSize(1 << 30, 1 << 30));
        var lines = SessionForecastPhrases.Format(forecast).Where(line => line.StartsWith("RAM of", StringComparison.Ordinal)).ToList();

        Assert.Equal(2, lines.Count);
        Assert.All(lines, line => Assert.EndsWith(" More RAM finds no more.", line, StringComparison.Ordinal));
        Assert.StartsWith("RAM of 977 KiB finds 50% of the blocks", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("RAM of 977 KiB and storage of 1.00 GiB at 1.00 GiB/s find 50% of the blocks", lines[1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void ScaledTrace_ShorterContexts_KeepTheirBlocks()
    {
        var trace = new ScaledTrace([Request(1000, 1300, 0, 1, 2), Request(3000, 512, 0)], contextScale: 1 / 16.0, speed: 10);

        Assert.Equal(32, trace.BlockTokens);
        Assert.Equal(2 * 32 + 17, trace.Requests[0].InputTokens);
        Assert.Equal(32, trace.Requests[1].InputTokens);
        Assert.Equal(0.2, trace.Span, 9);
        Assert.Equal((3, 4), (trace.Blocks, trace.Lookups));
    }

    [Theory]
    [InlineData("1/16", 0.0625)]
    [InlineData("0.25", 0.25)]
    [InlineData("1", 1)]
    public void ParseScale_Factors_AreRead(string text, double expected) => Assert.Equal(expected, TraceText.ParseScale(text));

    [Theory]
    [InlineData("0")]
    [InlineData("2")]
    [InlineData("1/0")]
    [InlineData("-1")]
    [InlineData("1/2/3")]
    [InlineData("abc")]
    [InlineData("")]
    public void ParseScale_NoFactor_IsRefused(string text) => Assert.Throws<FormatException>(() => TraceText.ParseScale(text));

    [Fact]
    public void ParseStorages_SizeAndBandwidth_AreRead()
    {
        Assert.Equal([new StorageSize(1_000_000_000_000, 5_000_000_000), new StorageSize(8L << 30, 1 << 20)],
            TraceText.ParseStorages("1TB@5GB/s, 8GiB@1MiB/s"));
        Assert.Equal([new RamSize(0), new RamSize(64L << 30, 25_000_000_000)], TraceText.ParseRam("0,64GiB@25GB/s"));
        Assert.Throws<FormatException>(() => TraceText.ParseRam("64GiB@25GB/s@1"));
        Assert.Throws<FormatException>(() => TraceText.ParseRam("64GiB@"));
        Assert.Throws<FormatException>(() => TraceText.ParseStorages("1TB"));
        Assert.Throws<FormatException>(() => TraceText.ParseStorages("0@1GB/s"));
        Assert.Throws<FormatException>(() => TraceText.ParseRam(","));
    }

    [Theory]
    [InlineData("10x", 10)]
    [InlineData("0.5", 0.5)]
    public void ParseSpeed_Factors_AreRead(string text, double expected) => Assert.Equal(expected, TraceText.ParseSpeed(text));

    // The embedded server computes what does not fill a batch, and its one context keeps the last prompt, which is not brought again.
    [Fact]
    public void Compute_RulesOfTheEmbeddedServer_WholeBatchesAndTheLastPrompt()
    {
        TraceRequest[] requests =
            [Request(0, 1024, 0, 1), Request(10_000, 1536, 0, 1, 2), Request(20_000, 512, 3), Request(30_000, 1536, 0, 1, 2)];
        SessionForecast With(CacheRules rules) => Compute(requests, [new RamSize(1 << 30, 1_000_000)], rules);
        var (blocks, embedded) = (With(CacheRules.Blocks), With(new CacheRules(1000)));

        Assert.Equal(0, blocks.Recompute.ReusedShare);
        Assert.Equal((1024.0 + 1535) / 4608, blocks.Caches[0].ReusedShare, 9);
        // The second prompt goes on with the first, which is still in the context; the fourth does not.
        Assert.Equal(1000.0 / 4608, embedded.Recompute.ReusedShare, 9);
        Assert.Equal(2000.0 / 4608, embedded.Caches[0].ReusedShare, 9);
        Assert.Equal([0, 0, 0, 1], embedded.Caches[0].Requests.Select(request => request.Load));
        Assert.Contains("only whole batches of 1,000 tokens are reused", SessionForecastPhrases.FormatAssumptions(embedded),
            StringComparison.Ordinal);
        Assert.DoesNotContain("batches", SessionForecastPhrases.FormatAssumptions(blocks), StringComparison.Ordinal);
        Assert.Equal((false, true), (blocks.KeepsConversations, embedded.KeepsConversations));
        var manifest = AnalysisSamples.Run([]).Manifest;
        CacheRules RulesOf(string kind) => CacheRules.Of(manifest with { Target = manifest.Target with { Kind = kind } });
        Assert.Equal(new CacheRules(512), RulesOf(TargetKind.Embedded));
        Assert.Equal(CacheRules.Blocks, RulesOf(TargetKind.OpenAi));
    }

    // Three conversations with two common blocks and two of their own: as blocks they take 8, as copies 4 each.
    [Theory]
    [InlineData(null, 2 * 1024 + 3 * 2047)]
    [InlineData(512, 3 * 1024 + 2 * 1536)]
    public void Compute_ASharedBeginning_IsInRamOnceAsBlocksAndInEachCopy(int? batch, int reused)
    {
        TraceRequest[] requests =
        [
            .. Enumerable.Range(0, 6).Select(i => Request(60_000 * i, 2048, 0, 1, 2 + 2 * (i % 3), 3 + 2 * (i % 3))),
        ];
        var forecast = Compute(requests, [new RamSize((long)(8 * 512 * BytesPerToken))], new CacheRules(batch)).Caches[0];

        // There is room for two copies, and the last batch of a prompt is computed.
        Assert.Equal(reused, forecast.Requests.Sum(request => request.ReusedTokens));
    }
}
