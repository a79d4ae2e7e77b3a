using System.Net;
using System.Text.Json;
using MemoryWall.Charts.Scripts;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Notebooks.Tests.Charts;

namespace MemoryWall.Notebooks.Tests.Figures;

/// <summary>Every figure in a real browser without a network, on a page that has a module loader (require.js) like Jupyter's.</summary>
public sealed class ChromiumTests : IDisposable
{
    // A module loader captures a library that it detects, so the library does not reach the page.
    private const string ModuleLoader =
        "window.define=function(){document.body.setAttribute('data-loaded','by the module loader')};"
            + "window.define.amd={};window.module={exports:{}};window.exports=window.module.exports;";

    private const string Hostile = "window.alert=function(){document.body.setAttribute('data-hostile','alert')};";

    // The marks of each figure after all figures had time to draw.
    private const string Report = """
        // Legends that lie in a panel.
        function overlaps(holder) {
          var plot = holder.querySelector(".js-plotly-plot");
          if (!plot || !plot._fullLayout) return -1;
          var top = plot.getBoundingClientRect().top, layout = plot._fullLayout;
          var panels = Object.keys(layout).filter(function (name) { return /^yaxis\d*$/.test(name); }).map(function (name) {
            return [top + layout[name]._offset, top + layout[name]._offset + layout[name]._length];
          });
          return [].filter.call(plot.querySelectorAll("g[class^=legend]"), function (legend) {
            var box = legend.getBoundingClientRect();
            return /^legend\d*$/.test(legend.getAttribute("class")) && box.height > 0
              && panels.some(function (panel) { return box.bottom > panel[0] + 2 && box.top < panel[1] - 2; });
          }).length;
        }
        window.setTimeout(function () {
          var seen = [].map.call(document.querySelectorAll("[data-memwall-figure]"), function (holder) {
            return { Name: holder.closest("section").id,
              Drawn: holder.querySelectorAll(".main-svg").length > 0 && getComputedStyle(holder.querySelector("svg")).display === "none",
              Marks: holder.querySelectorAll(".scatterlayer .trace path, .scatterlayer .trace text, .barlayer .point, "
                + ".heatmaplayer .hm, .shapelayer path").length,
              Overlaps: overlaps(holder),
              Title: holder.closest("figure").querySelector("strong").textContent,
              Strange: holder.querySelectorAll("a:not(.modebar-btn), foreignObject, script").length };
          });
          document.getElementById("report").textContent = JSON.stringify(seen);
        }, 8000);
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("memwall-figures-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task EveryFigure_OnAPageWithAModuleLoader_IsDrawnWithMarks_AndTheConsoleIsQuiet()
    {
        var sample = Runs.Open("samples/context-sweep");
        var figures = FigureTests.All.ToDictionary(entry => entry.Key, entry => entry.Value(sample));
        figures["systems"] = Figure.MemoryWall(Runs.OpenAll("samples/wall-standard,samples/wall-no-swap,samples/wall-managed"));
        figures["moment"] = Figure.Timeline(Runs.Open("samples/wall-standard"));
        figures["tiers"] = Figure.MemoryTiers("llama-3.1-8b");
        var (seen, dom, console) = await OpenAsync(figures);
        Assert.Equal(figures.Count(figure => figure.Value.Chart.HasMarks), seen.Count);
        Assert.True(seen.Count >= 17, $"{seen.Count} of {figures.Count} figures have something to draw");
        Assert.All(seen, figure => Assert.True(figure is { Drawn: true, Marks: > 0 }, figure.ToString()));
        Assert.DoesNotMatch("<body[^>]* data-", dom);
        Assert.DoesNotContain("CONSOLE", console);
    }

    [Fact]
    public async Task HostileNames_StandAsTheyAre_AndDoNothing()
    {
        var run = Sample.Run(
            [Sample.Trial(1, 2048, 1, 1), Sample.Trial(2, 4096, 2, 1),
                Sample.Failed(3, 8192, new MemoryWall.Core.Trials.Refused(500, Sample.Hostile))], model: Sample.Hostile);
        var (seen, dom, console) = await OpenAsync(
            new()
            {
                ["chart"] = new Figure(ChartSvgTests.Hostile()),
                ["ttft"] = Figure.Ttft(run),
                ["share"] = Figure.TimeShare(run),
                ["wall"] = Figure.MemoryWall(run)
            });
        Assert.All(seen, figure => Assert.True(figure is { Drawn: true, Marks: > 0, Strange: 0 }, figure.ToString()));
        Assert.Contains(seen, figure => figure.Title.Contains("<script>alert(1)</script>", StringComparison.Ordinal));
        Assert.DoesNotMatch("<body[^>]* data-", dom);
        Assert.DoesNotContain("CONSOLE", console);
    }

    // Legends of several lines would cover the panel above their own.
    [LongFact]
    public async Task FiguresOfManyPanels_OnANarrowPage_HaveTheirLegendsBetweenThePanels()
    {
        var (seen, _, console) = await OpenAsync(new()
        {
            ["timeline"] = Figure.Timeline(Runs.Open("samples/wall-standard")),
            ["machines"] = Figure.Machines(Forecast.Machines("llama-3.1-8b,gemma-3-27b,qwen3-30b-a3b", "16GB,64GB+24GB-gpu")),
            ["measured machines"] = Figure.Machines(Runs.Machines(MeasuredMachinesTests.Bundles)),
            ["costs"] = Figure.MachineCosts(Runs.Machines(MeasuredMachinesTests.Bundles, MeasuredMachinesTests.Prices)),
        }, "width:380px");
        Assert.Equal(4, seen.Count);
        Assert.All(seen, figure => Assert.True(figure is { Drawn: true, Overlaps: 0 }, figure.ToString()));
        Assert.DoesNotContain("CONSOLE", console);
    }

    private async Task<(IReadOnlyList<Seen> Seen, string Dom, string Console)> OpenAsync(Dictionary<string, Figure> figures,
        string style = "")
    {
        var sections = figures.Select(figure =>
            $"<section id=\"{WebUtility.HtmlEncode(figure.Key)}\" style=\"{style}\">{figure.Value.Html}</section>");
        var page =
            $"<!doctype html><meta charset=\"utf-8\"><link rel=\"icon\" href=\"data:,\"><body>{Chromium.AllInSight}"
                + $"<script>{ModuleLoader}{Hostile}</script>\n{Scripts()}\n"
                    + $"{string.Concat(sections)}<pre id=\"report\"></pre><script>{Report}</script>";
        var file = Path.Combine(_folder.FullName, "figures.html");
        await File.WriteAllTextAsync(file, page);
        var (dom, console) = await Chromium.OpenAsync(file, waitMilliseconds: 15_000);
        var report = dom[(dom.LastIndexOf("<pre id=\"report\">", StringComparison.Ordinal)
            + "<pre id=\"report\">".Length)..dom.LastIndexOf("</pre>", StringComparison.Ordinal)];
        Assert.True(report.Length > 0, "the page did not come to its report");
        return (JsonSerializer.Deserialize<List<Seen>>(WebUtility.HtmlDecode(report), TestJson.Options)!, dom, console);
    }

    internal static string Scripts() =>
        string.Concat(FigureScripts.Read(NotebookFolders.LibraryFolder).Select(script => $"<script>{script}</script>"));

    private sealed record Seen(string Name, bool Drawn, int Marks, int Overlaps, string Title, int Strange);
}
