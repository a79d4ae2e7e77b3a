using System.Diagnostics;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Validation;
using MemoryWall.Charts;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Export;
using MemoryWall.Export.Content;
using MemoryWall.Export.Slides;
using A = DocumentFormat.OpenXml.Drawing;
using C = DocumentFormat.OpenXml.Drawing.Charts;

namespace MemoryWall.Engine.Tests.Export;

/// <summary>Slides: valid, each with a finding as its title and its provenance as notes, with charts that hold their own numbers.</summary>
public sealed class PresentationTests : IDisposable
{
    private readonly TemporaryRoot _root = new();

    public static TheoryData<string> Names => ExportSamples.Names;

    public void Dispose() => _root.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Pptx_SampleWithHostileNames_IsValidAndSaysWhereItsNumbersComeFrom(string names)
    {
        var runs = ExportSamples.MakeHostile(ExportSamples.Read(names));
        var path = await ExportSamples.ExportAsync(runs, ExportFormat.Pptx, _root.Path);
        using var document = PresentationDocument.Open(path, isEditable: false);

        Assert.Empty(new OpenXmlValidator(FileFormatVersions.Office2019).Validate(document).Select(error =>
            $"{error.Part?.Uri} {error.Path?.XPath}: {error.Description}"));
        var slides = document.PresentationPart!.SlideParts.ToList();
        Assert.InRange(slides.Count, 3, 20);
        Assert.All(slides, slide =>
        {
            Assert.NotEqual("", slide.Slide!.Descendants<A.Paragraph>().First().InnerText);
            var notes = slide.NotesSlidePart!.NotesSlide!.InnerText;
            Assert.All(runs, run => Assert.Contains(run.Manifest.RunId, notes, StringComparison.Ordinal));
            Assert.Contains("Machine: ", notes, StringComparison.Ordinal);
            Assert.Contains("Measured with MemoryWall ", notes, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Pptx_Charts_HaveTheFiguresNumbersAndAWorkbook()
    {
        var runs = ExportSamples.Read("context-sweep");
        var figure = ExportContent.Create(runs).Figures.Single(figure => figure.Name == "ttft").Chart;
        var path = await ExportSamples.ExportAsync(runs, ExportFormat.Pptx, _root.Path);
        using var document = PresentationDocument.Open(path, isEditable: false);
        var slide = document.PresentationPart!.SlideParts.Single(
            part => part.Slide!.InnerText.Contains(figure.Title, StringComparison.Ordinal)
            && part.ChartParts.Any());

        var chart = Assert.Single(slide.ChartParts);
        var line = chart.ChartSpace!.Descendants<C.ScatterChartSeries>().First(series => series.Descendants<C.Marker>()
            .Any(marker => marker.Symbol!.Val!.Value == C.MarkerStyleValues.Circle));
        var expected = figure.Panels[0].Marks.OfType<Line>().Single().Points;
        Assert.Equal(expected.Select(point => point.Y!.Value), line.GetFirstChild<C.YValues>()!.Descendants<C.NumericValue>()
            .Select(value => double.Parse(value.Text, System.Globalization.CultureInfo.InvariantCulture)));
        using var workbook = SpreadsheetDocument.Open(chart.EmbeddedPackagePart!.GetStream(), isEditable: false);
        Assert.Empty(new OpenXmlValidator().Validate(workbook));
        Assert.Contains("Data!$A$2:$A$7", chart.ChartSpace!.InnerText, StringComparison.Ordinal);
    }

    // A context of 16,385 tokens is one more than a power of two.
    [Theory]
    [InlineData(512, 16_385, 512, 32_768)]
    [InlineData(250, 500, 128, 512)]
    [InlineData(2_048, 2_048, 1_024, 4_096)]
    public void ChooseRange_Contexts_AreAllOnTheAxis(double smallest, double largest, double from, double to)
    {
        var range = AxisRange.Compute(new Axis("context", AxisScale.Logarithmic), [smallest, largest]);

        Assert.Equal((from, to, 2), ChartAxis.ChooseRange(ChartAxis.HorizontalId, isLog: true, range));
    }

    [Fact]
    public void Findings_OfSystems_BeginWithHowTheyCompare() => Assert.Contains("With the model small at 16k tokens",
        ExportContent.Create(ExportSamples.Read("wall-standard,wall-no-swap,wall-kv-q8_0,wall-managed")).Findings[0],
        StringComparison.Ordinal);

    [Fact]
    public void Provenance_AVersionWithItsCommit_IsTheVersion()
    {
        var runs = ExportSamples.Read("kv-f16").Select(run => run with
        {
            Manifest = run.Manifest with
            {
                EngineVersion = "1.2.3+" + new string('a', 40),
                Target = run.Manifest.Target with { ServerVersion = "4.5.6+" + new string('b', 40) },
            },
        }).ToList();
        var text = string.Join('\n', ExportContent.Create(runs).Provenance);

        Assert.Contains("Measured with MemoryWall 1.2.3.", text, StringComparison.Ordinal);
        Assert.Contains(" 4.5.6, ", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("context-sweep", "ttft rates phase-share memory-wall kv-cache placement memory-timeline utilization roofline")]
    [InlineData("wall-standard,wall-managed", "memory-wall ttft-and-generation kv-cache placement-first memory-timeline-first "
        + "placement-last memory-timeline-last")]
    public void Figures_OfARun_ShowWhatIsKnownOfTimeMemoryAndLimits(string names, string expected) =>
        Assert.Empty(expected.Split(' ').Except(ExportContent.Create(ExportSamples.Read(names)).Figures.Select(figure => figure.Name)));

    [Fact]
    public void Slides_OfATable_HaveAFindingAndTheSampleMark()
    {
        var slides = ExportSlides.Create(ExportContent.Create([.. ExportSamples.Read("context-sweep")
            .Select(run => run with { IsSample = true })])).ToList();
        Assert.All(slides, slide => Assert.StartsWith("Sample data", slide.Subtitle, StringComparison.Ordinal));
        var table = slides.First(slide => slide.Table is not null);
        Assert.Contains("All 18 measured trials completed", table.Title, StringComparison.Ordinal);
        Assert.EndsWith("Every trial, with what happened to it", table.Subtitle, StringComparison.Ordinal);
    }

    [Fact]
    public void Slides_AnExcludedFigure_IsOneThatCannotBeEdited()
    {
        var content = ExportContent.Create(ExportSamples.Read("context-sweep"));
        Assert.Equal(["dominance"], content.Figures.Where(figure => !NativeChart.CanShow(figure.Chart)).Select(figure => figure.Name));
        var slides = ExportSlides.Create(content);
        Assert.Equal(content.Figures.Count - 1, slides.Count(slide => slide.Chart is not null));
        Assert.Equal(content.Findings[0], slides[0].Title);
    }

    [Theory]
    [InlineData("Pptx")]
    [InlineData("Xlsx")]
    public async Task LibreOffice_AnExport_IsOpened(string format)
    {
        var office = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "soffice")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(office is null, "LibreOffice is not installed");
        var path = await ExportSamples.ExportAsync(ExportSamples.Read("wall-standard,wall-managed"),
            Enum.Parse<ExportFormat>(format), _root.Path);
        string[] arguments = [$"-env:UserInstallation={new Uri(Path.Combine(_root.Path, "profile")).AbsoluteUri}", "--headless",
            "--convert-to", "pdf", "--outdir", _root.Path, path];
        var start = new ProcessStartInfo(office, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        await Task.WhenAll(process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.InRange(new FileInfo(Path.ChangeExtension(path, ".pdf")).Length, 5_000, 10_000_000);
    }
}
