using System.Xml.Linq;
using MemoryWall.Analysis.Live;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Reporting.Live;
using MemoryWall.Runs;
using MemoryWall.Sweeps.Live;

namespace MemoryWall.Engine.Tests.Reporting.Live;

public class LiveSvgTests
{
    private const string Hostile = "</text></svg><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u0000";

    public static TheoryData<string> Samples => new(Directory.EnumerateFiles(Path.Combine(Repository.Root ?? ".", "data", "samples"),
        "run.json", SearchOption.AllDirectories).Select(file => Path.GetDirectoryName(file)!));

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
