using System.Xml.Linq;
using MemoryWall.Analysis.Reports;
using MemoryWall.Audit;
using MemoryWall.Audit.Auditing;
using MemoryWall.Charts;
using MemoryWall.Charts.Svg;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Notebooks.Figures;
using MemoryWall.Reporting.Figures;

namespace MemoryWall.Notebooks.Tests.Figures;

public class FigureTests
{
    private static readonly Run s_sample = Runs.Open("samples/context-sweep");

    public static TheoryData<string> Names => new(All.Keys);

    /// <summary>Every figure of a single run.</summary>
    internal static readonly Dictionary<string, Func<Run, Figure>> All = new()
    {
        ["ttft"] = run => Figure.Ttft(run),
        ["rates"] = run => Figure.Rates(run),
        ["share"] = Figure.TimeShare,
        ["dominance"] = Figure.Dominance,
        ["blended"] = Figure.Blended,
        ["prefill curve"] = Figure.PrefillCurve,
        ["inter-token"] = Figure.InterTokenTime,
        ["roofline"] = Figure.Roofline,
        ["utilization"] = Figure.Utilization,
        ["kv"] = run => Figure.KvCache(run),
        ["kv types"] = run => Figure.KvTypes(run),
        ["placement"] = Figure.Placement,
        ["wall"] = run => Figure.MemoryWall(run),
        ["side by side"] = run => Figure.SideBySide(run),
        ["timeline"] = run => Figure.Timeline(run),
        ["compare"] = run => Figure.Compare(run, run),
        ["fits"] = Figure.Fits,
        ["beside"] = run => Figure.AuditedResults(run, Auditor.AuditText("<b>theirs</b>", Audited.Verbose, new AuditSettings())),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void OfTheSample_EveryForm_HasContent(string name)
    {
        var figure = All[name](s_sample);
        Assert.Contains("memwall-figure", figure.Html, StringComparison.Ordinal);
        Assert.NotNull(XDocument.Parse(figure.Svg).Root);
        Assert.StartsWith(figure.Title, figure.ToString(), StringComparison.Ordinal);
    }

    // A sample must not pass for the reader's own measurement, wherever the picture is copied to.
    [Theory]
    [MemberData(nameof(Names))]
    public void SampleData_IsMarkedInThePictureItself_AndOwnDataIsNot(string name)
    {
        var (sample, own) = (All[name](s_sample), All[name](s_sample with { IsSample = false }));
        Assert.Contains(SampleMark.AllSamples, sample.Svg, StringComparison.Ordinal);
        Assert.Contains(SampleMark.AllSamples, sample.ToString(), StringComparison.Ordinal);
        Assert.Contains(SampleMark.AllSamples, PlotlyHost.Json(sample.Chart), StringComparison.Ordinal);
        Assert.Contains(SampleMark.AllSamples, ChartSvg.RenderInPage(sample.Chart), StringComparison.Ordinal);
        Assert.DoesNotContain(SampleMark.AllSamples, own.Svg, StringComparison.Ordinal);
    }

    [Fact]
    public void OwnRunBesideASample_IsMarkedAsPartlySampleData() =>
        Assert.Contains(SampleMark.SomeSamples, Figure.Ttft(s_sample, s_sample with { IsSample = false }).Svg, StringComparison.Ordinal);

    // A copied figure keeps its doubts.
    [Theory]
    [MemberData(nameof(Names))]
    public void MeasuredValues_FewTrials_AreDoubtedUnderTheTitle(string name)
    {
        var chart = All[name](s_sample).Chart;
        Assert.True(chart.HasMarks);
        Assert.Matches("3 trials|one trial", chart.Subtitle);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void NothingToDraw_IsOneLineThatSaysWhy(string name)
    {
        var figure = All[name](Sample.Run([Sample.Failed(1, 2048, new OutOfMemory("killed"))]));
        Assert.SkipWhen(figure.Chart.HasMarks, "it shows the failure");
        Assert.Equal(figure.Title + "\n", figure.ToString());
        Assert.DoesNotContain("<li>", figure.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<svg", figure.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("mw-l", XDocument.Parse(figure.Svg).Descendants().Attributes("class").Select(one => one.Value));
    }

    [Fact]
    public void Placement_Limit_IsNamedInTheLegend()
    {
        var figure = Figure.Placement(Runs.OpenAll("samples/wall-standard")[0]);
        var label = Assert.Single(XDocument.Parse(figure.Svg).Descendants(),
            text => text.Name.LocalName == "text" && text.Value.StartsWith("memory limit, 400", StringComparison.Ordinal));
        // A label inside a panel has a halo.
        Assert.Equal("mw-t", label.Attribute("class")!.Value);
        var json = System.Text.Json.Nodes.JsonNode.Parse(PlotlyHost.Json(figure.Chart))!;
        Assert.DoesNotContain("memory limit", json["layout"]!["annotations"]?.ToJsonString() ?? "", StringComparison.Ordinal);
        Assert.Contains(json["data"]!.AsArray(), trace => (string?)trace!["name"] == "memory limit, 400 MiB");
    }

    // A chart without values says so and never shows a zero.
    [Theory]
    [MemberData(nameof(Names))]
    public void OfFailuresOnly_EveryForm_Stands(string name)
    {
        var figure = All[name](
            Sample.Run([Sample.Failed(1, 2048, new OutOfMemory("killed")), Sample.Failed(2, 4096, new Refused(500, "no"))]));
        Assert.NotNull(XDocument.Parse(figure.Svg).Root);
        Assert.NotEmpty(figure.Html);
        Assert.DoesNotContain("NaN", figure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("∞", figure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Ttft_KnownTimes_StatesTheFinding()
    {
        var run = Sample.Run([Sample.Trial(1, 2048, 1, 1), Sample.Trial(2, 8192, 10, 1)]);
        Assert.Equal("TTFT goes from 1.00 s at 2k to 10.0 s at 8k", Figure.Ttft(run).Title);
    }

    [Fact]
    public void Ttft_Repetitions_HaveABand()
    {
        var run = Sample.Run(
            [Sample.Trial(1, 2048, 1, 1), Sample.Trial(2, 2048, 3, 1, repetition: 2), Sample.Trial(3, 4096, 5, 1),
                Sample.Trial(4, 4096, 7, 1, repetition: 2)]);
        var band = Assert.Single(Figure.Ttft(run).Chart.Panels[0].Marks.OfType<Band>());
        Assert.Equal((1.0, 3.0), (band.Ranges[0].Low, band.Ranges[0].High));
    }

    [Fact]
    public void Ttft_FewTrials_AreNamedUnderTheTitle()
    {
        Assert.Contains(" · one trial each", Figure.Ttft(Sample.FlatRates(512, 2048)).Chart.Subtitle, StringComparison.Ordinal);
        var five = Sample.Run([.. Enumerable.Range(0, 5).SelectMany(i => new[]
        {
            Sample.Trial(2 * i + 1, 2048, 1, 1, repetition: i + 1), Sample.Trial(2 * i + 2, 8192, 8, 4, repetition: i + 1),
        })]);
        Assert.DoesNotContain("trial", Figure.Ttft(five).Chart.Subtitle, StringComparison.Ordinal);
    }

    [Fact]
    public void Ttft_DoubtedTrial_IsNamedAndInNoMedian()
    {
        var run = Sample.Run(
            [Sample.Trial(1, 2048, 1, 1), Sample.Trial(2, 2048, 0.9, 1, repetition: 2) with { CachedPromptTokens = 2000 }]);
        var figure = Figure.Ttft(run);
        Assert.Equal(1.0, Assert.Single(figure.Chart.Panels[0].Marks.OfType<Line>()).Points[0].Y);
        Assert.Contains(figure.Chart.Notes,
            note => note.Contains("trial 2", StringComparison.Ordinal) && note.Contains("cache hit", StringComparison.Ordinal));
    }

    [Fact]
    public void TimeShare_KnownTimes_StatesSharesAndCrossover()
    {
        var title = Figure.TimeShare(Sample.FlatRates(512, 2048)).Title;
        Assert.Contains("34% of the time at 512 and 67% at 2k", title, StringComparison.Ordinal);
        Assert.Contains("both phases take the same time at about 1,000 tokens", title, StringComparison.Ordinal);
    }

    [Fact]
    public void TimeShare_SeveralLevels_NamesThoseThatItLeavesOut()
    {
        var run = Sample.Run(
            [Sample.Trial(1, 2048, 1, 1), Sample.Trial(2, 4096, 2, 1), Sample.Trial(3, 2048, 1, 1) with { Concurrency = 2 }]);
        Assert.Contains(Figure.TimeShare(run).Chart.Notes,
            note => note.StartsWith("Not shown in this figure", StringComparison.Ordinal)
                && note.Contains("2 streams", StringComparison.Ordinal));
    }

    [Fact]
    public void MemoryWall_RunAtItsWall_NamesSlowdownAndFailure()
    {
        var title = Figure.MemoryWall(Runs.Open("samples/wall-standard")).Title;
        // Two repetitions show the rates and no factor.
        Assert.Matches(@"works up to 8k \([0-9.]+ t/s\) and is thrashing at 12k \([0-9.]+ t/s\)", title);
        var together = Figure.MemoryWall(Runs.OpenAll("samples/wall-standard,samples/wall-no-swap,samples/wall-managed"));
        Assert.Matches(
            "^Standard is thrashing from 12k; .*runs out of memory at 12k; managed still answers at", together.Title);
        Assert.Contains(together.Chart.Notes,
            note => note.StartsWith("managed ", StringComparison.Ordinal)
                && note.Contains("; the forecast was ", StringComparison.Ordinal)
                && note.Contains(" without the tier", StringComparison.Ordinal));
    }

    // At the bottom, a first token that never arrived would look like the fastest one.
    [Fact]
    public void Ttft_TrialThatDied_IsACrossAtTheTop()
    {
        var panel = Figure.Ttft(
            Sample.Run([Sample.Trial(1, 2048, 1, 1), Sample.Trial(2, 4096, 5, 1), Sample.Failed(3, 8192, new OutOfMemory("killed"))]))
            .Chart.Panels[0];
        var cross = Assert.Single(Assert.Single(panel.Marks.OfType<Scatter>()).Points);
        Assert.True(cross.Y > 5);
        Assert.Equal("out of memory", cross.Label);
    }

    [Fact]
    public void SideBySide_TwoSystemsDeadAtOneContext_DoNotHideEachOther()
    {
        var crosses =
            Figure.SideBySide(Sample.Killed(), Sample.Killed() with { Manifest = Sample.Killed().Manifest with { RunId = "run-other" } })
                .Chart.Panels[^1].Marks.OfType<Scatter>().SelectMany(scatter => scatter.Points).ToList();
        Assert.Equal(2, crosses.Count);
        Assert.NotEqual(crosses[0].Y, crosses[1].Y);
    }

    [Fact]
    public void Timeline_RunBeyondItsWall_ShowsTheFirstTrialBeyond()
    {
        var run = Runs.Open("samples/wall-standard");
        var beyond = RunReport.Create(run).Wall.Beyond!.Trial;
        Assert.Equal(Figure.Timeline(run, beyond).Title, Figure.Timeline(run).Title);
    }

    [Fact]
    public void Placement_SystemBeyondItsLimit_StacksTheBytesOnStorage()
    {
        var figure = Figure.Placement(Runs.Open("samples/wall-managed"));
        Assert.Contains("not everything fits in RAM", figure.Title, StringComparison.Ordinal);
        var bars = figure.Chart.Panels[0].Marks.OfType<Bars>().ToList();
        // Each layer begins where the layer below it ends.
        Assert.Equal(bars[0].Ranges[0].High, bars[1].Ranges[0].Low);
        Assert.Contains(figure.Chart.Panels[0].ReferenceLines, rule => rule.Label == "memory limit, 400 MiB");
    }

    [Fact]
    public void Figure_NoRun_IsRefused() => Assert.Throws<ArgumentException>(() => Figure.Ttft());

    [Fact]
    public void KvCache_AllocatedAsForecast_SaysExactly()
    {
        var shape = Sample.Shape;
        Trial With(Trial trial, long bytes) => trial with { KvBytes = bytes };
        var run = Sample.Run([With(Sample.Trial(1, 2048, 1, 1), 2304 * 16_384L), With(Sample.Trial(2, 4096, 2, 1), 4352 * 16_384L)],
            shape: shape);
        Assert.Equal("Each token of context costs 16.0 KiB (f16) of KV cache, exactly as forecast", Figure.KvCache(run).Title);
        var off = Sample.Run([With(Sample.Trial(1, 2048, 1, 1), 2304 * 16_384L), With(Sample.Trial(2, 4096, 2, 1), 2 * 4352 * 16_384L)],
            shape: shape);
        Assert.Contains("differs by up to 100%", Figure.KvCache(off).Title, StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryTiers_KnownModel_AgreesWithTheForecast()
    {
        var wall = Forecast.Table("llama-3.1-8b", "2k", "16GB").WallTokens!.Value;
        var figure = Figure.MemoryTiers("llama-3.1-8b", limits: "4GB,16GB");
        Assert.Contains($"With an f16 KV cache, llama-3.1-8b fits {Axis.FormatTokens(wall)} tokens into 16GB", figure.Title,
            StringComparison.Ordinal);
        Assert.EndsWith("; it does not fit into 4GB at all", figure.Title, StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryTiers_SeveralSizesFitTheFullContext_NamesTheSmallest()
    {
        Assert.Equal("With a q8_0 KV cache, llama-3.1-8b fits its full 128k context into 32GB or more",
            Figure.MemoryTiers("llama-3.1-8b", "q8_0", limits: "64GB,32GB,128GB").Title);
    }

    [Fact]
    public void Timeline_Sample_ShadesThePhasesAndShowsTheMachine()
    {
        var figure = Figure.Timeline(s_sample);
        Assert.Contains("prefill", figure.Title, StringComparison.Ordinal);
        Assert.True(figure.Chart.Panels.Count >= 3);
        Assert.Contains(figure.Chart.Panels[0].ShadedRegions, shade => shade.Label == "prefill");
    }

    [Fact]
    public void Timeline_NoSuchTrial_IsNamed() =>
        Assert.Contains("999", Assert.Throws<ArgumentException>(() => Figure.Timeline(s_sample, 999)).Message, StringComparison.Ordinal);

    [Fact]
    public void Rates_SeveralRuns_AreCalledByWhatTellsThemApart()
    {
        var runs = Runs.OpenAll("samples/kv-*");
        var names = Figure.Rates(runs).Chart.Panels[0].Marks.OfType<Line>().Select(line => line.Name).ToList();
        Assert.Equal(["KV f16", "KV q8_0"], names);
    }
}
