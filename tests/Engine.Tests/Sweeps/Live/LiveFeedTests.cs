using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.ScriptedServer;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Live;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Engine.Tests.Sweeps.Live;

public sealed class LiveFeedTests : IDisposable
{
    private readonly TemporaryRoot _root = new();

    private string Folder => Directory.CreateDirectory(Path.Combine(_root.Path, "run")).FullName;

    public void Dispose() => _root.Dispose();

    [Fact]
    public void TryRead_WhatWasWritten_IsRead()
    {
        using var file = LiveFeedFile.Create(Folder);
        var feed = CreateFeed(7) with { LastEvent = "a \"quoted\" <event>\n", Step = new LiveStep(2048, 1, 1, 64), Phase = Phase.Prefill };

        file.Write(feed);

        Assert.Equal(feed, LiveFeedFile.TryRead(Folder));
    }

    [Fact]
    public void TryRead_AShorterFeedAfterALongerOne_IsTheShorterOne()
    {
        using var file = LiveFeedFile.Create(Folder);
        file.Write(CreateFeed(1) with { LastEvent = new string('x', 3000) });

        file.Write(CreateFeed(2));

        Assert.Equal(2, LiveFeedFile.TryRead(Folder)!.Beat);
    }

    [Fact]
    public void Write_AnEventThatIsTooLong_IsLeftOut()
    {
        using var file = LiveFeedFile.Create(Folder);

        file.Write(CreateFeed(1) with { LastEvent = new string('x', 100_000) });

        Assert.Null(LiveFeedFile.TryRead(Folder)!.LastEvent);
    }

    [Fact]
    public void TryRead_AnyDamagedByte_IsNoFeed()
    {
        using (var file = LiveFeedFile.Create(Folder))
            file.Write(CreateFeed(1) with { Activity = LiveActivity.Measuring });
        var path = Path.Combine(Folder, RunFiles.LiveFeed);
        var bytes = File.ReadAllBytes(path);

        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = bytes.ToArray();
            damaged[i] ^= 0x15;
            File.WriteAllBytes(path, damaged);
            // A blank before the length is the only byte that may differ without a change of meaning.
            Assert.True(LiveFeedFile.TryRead(Folder) is null or { Beat: 1, Activity: LiveActivity.Measuring }, $"byte {i}");
        }
        File.WriteAllBytes(path, bytes[..^1]);
        Assert.Null(LiveFeedFile.TryRead(Folder));
    }

    [Fact]
    public async Task TryRead_WhileItIsWritten_IsOneOfTheFeedsAndNeverAMixture()
    {
        using var file = LiveFeedFile.Create(Folder);
        file.Write(CreateFeed(0));
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(() =>
        {
            for (long beat = 1; !stop.IsCancellationRequested; beat++)
                file.Write(CreateFeed(beat) with { LastEvent = new string((char)('a' + beat % 26), (int)(beat % 900)) });
        }, TestContext.Current.CancellationToken);

        for (var i = 0; i < 2000; i++)
        {
            if (LiveFeedFile.TryRead(Folder) is { Beat: > 0 } feed)
                Assert.Equal(new string((char)('a' + feed.Beat % 26), (int)(feed.Beat % 900)), feed.LastEvent);
        }

        await stop.CancelAsync();
        await writing;
    }

    [Fact]
    public void TryRead_NoFeed_IsNull() => Assert.Null(LiveFeedFile.TryRead(Folder));

    [Fact]
    public void IsFresh_OnlyAfterARenewal()
    {
        var lease = new ObserverLease(_root.Path);
        Assert.False(lease.IsFresh());

        Assert.True(lease.Renew());
        Assert.True(lease.IsFresh());

        File.SetLastWriteTimeUtc(Path.Combine(_root.Path, RunFiles.ObserverLease), DateTime.UnixEpoch.AddYears(50));
        Assert.False(lease.IsFresh());
        Assert.True(lease.Renew());
        lease.Release();
        Assert.False(lease.IsFresh());
    }

    [Fact]
    public void HasEnded_ThisProcess_HasNot() => Assert.False(WriterIdentity.Current.HasEnded());

    [Fact]
    public void HasEnded_SameIdWithAnotherStart_Has()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the tag is that of Linux");
        var parts = WriterIdentity.Current.Tag.Split('-');
        parts[3] = "1";

        Assert.True((WriterIdentity.Current with { Tag = string.Join('-', parts) }).HasEnded());
    }

    [Fact]
    public void HasEnded_AProcessOfAnotherContainer_IsUnknown()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has such containers");
        var parts = WriterIdentity.Current.Tag.Split('-');
        (parts[1], parts[3]) = ("1", "1");

        Assert.False((WriterIdentity.Current with { Tag = string.Join('-', parts) }).HasEnded());
    }

    [LongFact]
    public async Task RunAsync_WhileSomebodyLooks_PublishesWhatItDoes_AndNothingAfterItsEnd()
    {
        await using var server = LlamaServerScript.Start(new Behaviour
        {
            Prefill = TimeSpan.FromMilliseconds(1500),
            Step = TimeSpan.FromMilliseconds(200),
        });
        var seen = new List<LiveFeed>();
        using var stop = new CancellationTokenSource();
        var looking = WatchAsync(seen, new ObserverLease(_root.Path), stop.Token);

        var result = await SweepAsync(server.Endpoint, repetitions: 2);
        await stop.CancelAsync();
        await looking;

        Assert.All(seen, feed => Assert.Equal((result.RunId, WriterIdentity.Current), (feed.RunId, feed.Writer)));
        Assert.Contains(seen, feed => feed is { Phase: Phase.Prefill, RequestStarted: not null, FirstToken: null });
        Assert.Contains(seen, feed => feed is { Phase: Phase.Generation, OutputTokens: > 1, GenerationRate: > 0 });
        Assert.Contains(seen, feed => feed is { StepNumber: 2, StepCount: 2, Step: { ContextTokens: 40, Repetition: 2 } });
        Assert.False(File.Exists(Path.Combine(result.Directory!, RunFiles.LiveFeed)));
    }

    [Fact]
    public async Task RunAsync_WhileNobodyLooks_WritesItsFeedOnce()
    {
        await using var server = LlamaServerScript.Start(new Behaviour { Prefill = TimeSpan.FromMilliseconds(2500) });
        var seen = new List<LiveFeed>();
        using var stop = new CancellationTokenSource();
        var looking = WatchAsync(seen, lease: null, stop.Token);

        await SweepAsync(server.Endpoint, repetitions: 1);
        await stop.CancelAsync();
        await looking;

        Assert.Equal([1L], seen.Select(feed => feed.Beat).Distinct());
    }

    [Fact]
    public void Read_AStep_IsDescribed()
    {
        var tracker = new LiveTracker(RunClock.Start(), "group");
        Assert.Null(tracker.Read());
        tracker.RunStarted(StoreSamples.Manifest(), _root.Path, [new SweepStep(2048, 1, 1), new SweepStep(8192, 1, 1)]);
        Assert.Equal(LiveActivity.Starting, tracker.Read()!.Activity);

        tracker.StepStarted(new SweepStep(2048, 1, 1), 1);
        tracker.PhaseStarted(Phase.Load);
        tracker.PhaseStarted(Phase.Prefill);
        var sent = tracker.Read()!.RequestStarted!.Value;
        tracker.MarkReceived(new StreamMark(MarkKind.Prefill, 512, sent.Plus(TimeSpan.FromSeconds(1)), null));
        tracker.MarkReceived(new StreamMark(MarkKind.Prefill, 1024, sent.Plus(TimeSpan.FromSeconds(2)), null));
        var prefill = tracker.Read()!;
        tracker.MarkReceived(new StreamMark(MarkKind.Chunk, 1, sent.Plus(TimeSpan.FromSeconds(4)), null));
        tracker.MarkReceived(new StreamMark(MarkKind.Chunk, 5, sent.Plus(TimeSpan.FromSeconds(5)), null));
        var generation = tracker.Read()!;
        tracker.TrialEnded(StoreSamples.Trial(1));
        var idle = tracker.Read()!;
        tracker.WaitingForTurn();

        Assert.Equal((Phase.Prefill, 1024, 512.0, "group"), (prefill.Phase, prefill.PromptTokens, prefill.PrefillRate, prefill.Group));
        Assert.Equal((Phase.Generation, 6, 5.0, sent.Plus(TimeSpan.FromSeconds(4))),
            (generation.Phase, generation.OutputTokens, generation.GenerationRate, generation.FirstToken));
        Assert.Equal((LiveActivity.Idle, null, 1), (idle.Activity, idle.Phase, idle.StepNumber));
        Assert.Equal(LiveActivity.Waiting, tracker.Read()!.Activity);
        Assert.Single(tracker.Trials);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("group")]
    public void Read_TimeLeft_IsKnownAfterTheFirstStep(string? group)
    {
        var tracker = new LiveTracker(RunClock.Start(), group);
        tracker.RunStarted(StoreSamples.Manifest(), _root.Path, [new SweepStep(2048, 1, 1), new SweepStep(8192, 1, 1)]);
        tracker.StepStarted(new SweepStep(2048, 1, 1), 1);
        Assert.Null(tracker.Read()!.SecondsLeft);
        tracker.TrialEnded(StoreSamples.Trial(1));

        Assert.NotNull(tracker.Read()!.SecondsLeft);
    }

    [Fact]
    public void Read_ConcurrentStreams_HaveNoCommonPrefillProgress()
    {
        var tracker = new LiveTracker(RunClock.Start());
        tracker.RunStarted(StoreSamples.Manifest(), _root.Path, []);
        tracker.StepStarted(new SweepStep(2048, 1, Concurrency: 2), 1);
        tracker.PhaseStarted(Phase.Prefill);
        tracker.MarkReceived(new StreamMark(MarkKind.Prefill, 512, new Instant(1), null));
        tracker.MarkReceived(new StreamMark(MarkKind.Prefill, 512, new Instant(2), null));

        var feed = tracker.Read()!;

        Assert.Equal((null, null), (feed.PromptTokens, feed.PrefillRate));
    }

    private static LiveFeed CreateFeed(long beat) => new() { RunId = "run", At = new Instant(beat * 1000), Beat = beat };

    private Task<SweepResult> SweepAsync(Uri endpoint, int repetitions) => Sweeper.RunAsync(
        new SweepPlan
        {
            Target = $"llama-server://{endpoint.Authority}",
            Contexts = [new TokenCount(40)],
            OutputTokens = 8,
            Repetitions = repetitions,
            Warmups = 0,
        },
        new SweepSettings { RunsDirectory = _root.Path, TelemetryInterval = null }, new SilentObserver(),
        TestContext.Current.CancellationToken);

    // Reads the feed of the only run as an observer does.
    private async Task WatchAsync(List<LiveFeed> seen, ObserverLease? lease, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            lease?.Renew();
            if (Directory.EnumerateDirectories(_root.Path).Select(LiveFeedFile.TryRead).OfType<LiveFeed>().FirstOrDefault() is { } feed)
                seen.Add(feed);
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
