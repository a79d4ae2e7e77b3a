using System.Xml.Linq;
using MemoryWall.Analysis.Live;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Live;
using MemoryWall.Runs;
using MemoryWall.Sweeps.Live;

namespace MemoryWall.Engine.Tests.Reporting.Live;

public class LiveSvgTests
{
    private const string Hostile = "</text></svg><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u0000";

    // Long: every sample but the first.
    public static IEnumerable<TheoryDataRow<string>> Samples() => Directory.EnumerateFiles(
            Path.Combine(Repository.Root ?? ".", "data", "samples"), "run.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select((file, place) => new TheoryDataRow<string>(Path.GetDirectoryName(file)!) { Skip = place == 0 ? null : LongTests.Skip });

    [Theory]
    [MemberData(nameof(Samples))]
    public void Render_EveryMomentOfAStoredRun_IsOnePictureWithoutScript(string folder)
    {
        var run = new RunStore(Path.GetDirectoryName(folder)!).Read(Path.GetFileName(folder));
        var replay = new Replay(run);
        var timeline = StoredTimeline.Create(run.Telemetry, run.Trials).Points;
        for (var i = 0; i <= 40; i++)
        {
            var at = Instant.FromSeconds(replay.Start.Seconds + (replay.End.Seconds - replay.Start.Seconds) * i / 40);
            var progress = RunProgress.Compute(run.Manifest, [.. run.Trials.Take(replay.CountEnded(at))]);
            var snapshot = LiveSnapshot.Create(run.Manifest, progress, replay.At(at), StoredTimeline.Until(timeline, at));
            foreach (var layout in Enum.GetValues<LiveLayout>())
            {
                Check(LiveSvg.Render([snapshot], layout));
                Check(LiveSvg.Render([snapshot, snapshot], layout));
            }
        }
        Assert.Equal(run.Trials.Count, replay.CountEnded(replay.End));
    }

    [Fact]
    public void Render_HostileNames_AreText()
    {
        var snapshot = CreateSnapshot(Hostile);

        foreach (var layout in Enum.GetValues<LiveLayout>())
        {
            var picture = Check(LiveSvg.Render([snapshot], layout));
            Assert.Contains(picture.Descendants(), element => element.Name.LocalName == "text"
                && element.Value.StartsWith("</text></svg><script>", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Render_NothingKnown_IsShownAsAbsentAndNeverAs0()
    {
        var snapshot = CreateSnapshot("tiny") with { Placement = null };

        var texts = Check(LiveSvg.Render([snapshot], LiveLayout.Screen)).Descendants()
            .Where(element => element.Name.LocalName == "text").Select(element => element.Value).ToList();

        Assert.Contains("–", texts);
        Assert.DoesNotContain(texts, text => text is "0" or "0 s" or "0.0s" or "0%" or "0 B" or "0 B/s");
    }

    [Theory]
    [InlineData(4_900_000, "> 128k")]
    [InlineData(98_304, "96k")]
    public void Wall_Forecast_IsNotBeyondTheTrainedContext(int forecast, string expected)
    {
        var snapshot = CreateSnapshot("tiny");
        var shape = new ModelShape { Architecture = "llama", Layers = [], EmbeddingLength = 8, TrainedContextTokens = 131_072 };
        snapshot = snapshot with
        {
            Manifest = snapshot.Manifest with { Target = snapshot.Manifest.Target with { Shape = shape } },
            Progress = snapshot.Progress with { ForecastWallTokens = forecast },
        };

        Assert.Equal(expected, LiveWords.Wall(snapshot));
    }

    [Fact]
    public void CreateCards_SeveralSystems_HaveDistinctIds()
    {
        var first = CreateSnapshot("a");
        var second = first with { Manifest = first.Manifest with { RunId = "another" } };

        var ids = LiveSvg.CreateCards([first, second], LiveLayout.Screen).Select(card => card.Id).ToList();

        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void CreateCards_TwoSystems_ShareTheirAxes()
    {
        var small = CreateSnapshot("a") with { Timeline = [new LivePoint(1, 2048, Phase.Prefill, 100, null)] };
        var large = small with
        {
            Manifest = small.Manifest with { RunId = "another" },
            Timeline = [new LivePoint(1, 2048, Phase.Prefill, 1000, null)],
        };

        Assert.NotEqual(Timeline([small]), Timeline([small, large]));
        Assert.Equal(LiveScale.Create([small, large]), LiveScale.Create([large, small]));

        static string Timeline(IReadOnlyList<LiveSnapshot> systems) => LiveSvg.CreateCards(systems, LiveLayout.Phone)
            .First(card => card.Id.EndsWith("timeline", StringComparison.Ordinal)).Svg;
    }

    [Fact]
    public void State_AFailureWhileAnotherSystemHasItsTurn_IsTheStateWithItsEvidence()
    {
        var failed = StoreSamples.Trial(1) with { Outcome = new OutOfMemory("the kernel killed it"), Client = new ClientTimings() };
        var snapshot = CreateSnapshot("tiny") with
        {
            Status = LiveStatus.Waiting,
            Progress = RunProgress.Compute(StoreSamples.Manifest(), [failed]),
        };

        Assert.Equal("out of memory", LiveWords.State(snapshot));
        Assert.Equal("out of memory at 2k: the kernel killed it", LiveWords.LastWords(snapshot));
    }

    [Theory]
    [InlineData(0.0432, "0.0432", "0.0")]
    [InlineData(0.96, "0.960", "0.9")]
    [InlineData(1.254, "1.25", "1.2")]
    [InlineData(48.39, "48.4", "48.3")]
    [InlineData(99.96, "100", "99.9")]
    [InlineData(100.6, "101", "100")]
    public void Clock_Seconds_AreNotRoundedMisleadingly(double seconds, string stopped, string running)
    {
        Assert.Equal(stopped, NumberFormat.StoppedClock(seconds));
        Assert.Equal(running, NumberFormat.RunningClock(seconds));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void AtItsEnd_AStoredRun_ShowsWhereTheModelWas(string folder)
    {
        var run = new RunStore(Path.GetDirectoryName(folder)!).Read(Path.GetFileName(folder));
        var replay = new Replay(run);
        var snapshot = LiveSnapshot.Create(run.Manifest, RunProgress.Compute(run.Manifest, run.Trials), replay.At(replay.End), [])
            .AtItsEnd(replay);

        Assert.True(snapshot.IsLastPlacement);
        Assert.True(snapshot.Placement!.Memory!.Value.Total > 0);
    }

    [Fact]
    public void Timeline_WithoutACap_HasAScaleInBytes()
    {
        var snapshot = CreateSnapshot("a") with { Timeline = [new LivePoint(1, 2048, Phase.Prefill, 900 << 20, null)] };

        var texts = Check(LiveSvg.Render([snapshot], LiveLayout.Phone)).Descendants().Select(element => element.Value).ToList();

        Assert.Contains("256 MiB", texts);
        Assert.Contains("768 MiB", texts);
    }

    [Fact]
    public void Success_BesideThrashingTrials_IsNotCalledSuccess()
    {
        var snapshot = CreateSnapshot("a");
        Assert.Equal("success rate", LiveWords.SuccessLabel(snapshot));
        var thrashing = snapshot with { Progress = snapshot.Progress with { Measured = 8, Completed = 8, Thrashing = 4 } };

        Assert.Equal("completed, 4 thrashing", LiveWords.SuccessLabel(thrashing));
        Assert.Equal("completed, 2 doubtful", LiveWords.SuccessLabel(snapshot with
        {
            Progress = snapshot.Progress with { Ladder = [new LadderRung(2048, 1) { Completed = 2, Doubtful = 2 }] },
        }));
        Assert.EndsWith("8 of 8 trials completed, 4 of them thrashing", LiveWords.End("Completed", thrashing.Progress).Words,
            StringComparison.Ordinal);
    }

    [Fact]
    public void TimeLeft_OfSystemsInTurn_IsOfEachAndOfAll()
    {
        var first = CreateSnapshot("a");
        first = first with { Status = LiveStatus.Waiting, Feed = first.Feed! with { Group = "g", SecondsLeft = 60 } };
        Assert.Equal("about 60 s left of this system", LiveWords.TimeLeft(first));

        Assert.Equal($"about {NumberFormat.EstimatedDuration(200)} left of all, 60 s of it here",
            LiveWords.TimeLeft(first with { SecondsLeftOfAll = 200 }));
    }

    [Fact]
    public void Transfers_TheDiskOfTheTier_IsNamed()
    {
        var snapshot = CreateSnapshot("a");
        snapshot = snapshot with
        {
            Feed = snapshot.Feed! with { Machine = new() { DiskName = "nvme1n1", SwapDiskName = "sda2", DiskReadBytesPerSecond = 1e9 } },
        };

        var texts = Check(LiveSvg.Render([snapshot], LiveLayout.Screen)).Descendants().Select(element => element.Value).ToList();

        Assert.Contains("tier 3 nvme1n1 read", texts);
        Assert.Contains("swap sda2 in", texts);
    }

    [Fact]
    public void Change_OfRuns_IsSaidWhereTheRuleShowsOne()
    {
        Assert.Equal("TTFT × 0.250 at 2k (better), tokens/s × 4.00 at 2k (better)", Compare(12, 1, 0.25));
        Assert.Equal("–", Compare(12, 1, 0.99));
        Assert.Equal("–", Compare(2, 1, 0.25));
        // Every second one of these trials completes, and the rule asks for five of each run.
        Assert.False(HistoryChange.CanDiffer(Create(8, 1), Create(8, 1)));
        Assert.True(HistoryChange.CanDiffer(Create(10, 1), Create(10, 1)));

        static string Compare(int repetitions, double before, double after) => HistoryChange.Format(MemoryWall.Analysis.Reports.Comparison
            .Compare(MemoryWall.Analysis.Reports.RunReport.Create(Create(repetitions, before)),
                MemoryWall.Analysis.Reports.RunReport.Create(Create(repetitions, after)), margin: null));

        static MemoryWall.Core.Run Create(int repetitions, double scale) => new()
        {
            Manifest = StoreSamples.Manifest(),
            Trials = [.. Enumerable.Range(1, repetitions).Select(number => StoreSamples.Trial(number) with
            {
                Repetition = number,
                Client = new ClientTimings
                {
                    Sent = Instant.FromSeconds(number * 100),
                    TimeToFirstToken = TimeSpan.FromSeconds(scale * (1 + number % 3 * 0.01)),
                    TimeToLastToken = TimeSpan.FromSeconds(scale * (3 + number % 3 * 0.01)),
                    TimeToEnd = TimeSpan.FromSeconds(scale * 3.1),
                },
            })],
        };
    }

    [Fact]
    public void History_ManyPoints_KeepsItsEndsAndItsPeak()
    {
        var history = new LiveHistory();
        for (var i = 0; i < 100_000; i++)
            history.Add(new LivePoint(i * 0.1, 2048, Phase.Prefill, i == 41_234 ? 9_999 : 100, null));

        Assert.InRange(history.Points.Count, 100, 1000);
        Assert.Equal(0, history.Points[0].Seconds);
        Assert.Equal(9_999.9, history.Points[^1].Seconds, 1e-6);
        Assert.Equal(9_999, history.Points.Max(point => point.MemoryBytes));
        Assert.Equal(history.Points.Select(point => point.Seconds).Order(), history.Points.Select(point => point.Seconds));
    }

    [Fact]
    public void History_AnEarlierPoint_IsIgnored()
    {
        var history = new LiveHistory();
        history.Add(new LivePoint(5, null, null, 1, null));
        history.Add(new LivePoint(4, null, null, 2, null));

        Assert.Equal([5], history.Points.Select(point => point.Seconds));
    }

    private static LiveSnapshot CreateSnapshot(string name)
    {
        var manifest = StoreSamples.Manifest();
        manifest = manifest with { Label = name, Target = manifest.Target with { Model = name, Kind = name } };
        return LiveSnapshot.Create(manifest, RunProgress.Compute(manifest, []),
            new LiveFeed { RunId = manifest.RunId, At = Instant.FromSeconds(12.5) }, []);
    }

    // A picture is well-formed, has no script and no outside reference, and its text has the colour around it.
    private static XElement Check(string svg)
    {
        var picture = XElement.Parse(svg);
        string[] allowed = ["svg", "g", "rect", "line", "path", "circle", "text", "tspan", "title"];
        Assert.Equal("currentColor", picture.Attribute("fill")?.Value);
        Assert.All(picture.DescendantsAndSelf(), element => Assert.Contains(element.Name.LocalName, allowed));
        Assert.All(picture.DescendantsAndSelf().SelectMany(element => element.Attributes()), attribute => Assert.False(
            attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal) || attribute.Name.LocalName is "href" or "style"));
        Assert.All(picture.Descendants().Where(element => element.Name.LocalName is "text" or "tspan"),
            element => Assert.Null(element.Attribute("fill")));
        Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", svg, StringComparison.Ordinal);
        return picture;
    }
}
