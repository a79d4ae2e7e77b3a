using System.Runtime.Loader;
using System.Text.Json.Nodes;
using MemoryWall.Charts;
using MemoryWall.Charts.Scripts;
using MemoryWall.Core.Primitives;
using MemoryWall.Notebooks.Figures;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Notebooks.Tests.Charts;

namespace MemoryWall.Notebooks.Tests.Figures;

public class PlotlyHostTests
{
    [Fact]
    public void Json_Line_HasItsPointsAndGaps()
    {
        var figure = JsonNode.Parse(
            PlotlyHost.Json(ChartSvgTests.Chart(new Line("a", ChartColor.Blue, [new(1, 2), new(2, null), new(3, 4)]))))!;
        var trace = figure["data"]![0]!;
        Assert.Equal("[2,null,4]", trace["y"]!.ToJsonString().Replace(".0", "", StringComparison.Ordinal));
        Assert.False((bool)trace["connectgaps"]!);
    }

    [Fact]
    public void Json_HostileStrings_CannotLeaveTheScriptNorBecomeMarkup()
    {
        var json = PlotlyHost.Json(ChartSvgTests.Hostile());
        Assert.DoesNotContain('<', json);
        foreach (var text in Texts(JsonNode.Parse(json)!))
        {
            // plotly.js interprets tags, formulas between dollar signs and templates in its texts.
            Assert.DoesNotContain('<', text);
            Assert.DoesNotContain('$', text);
            Assert.DoesNotContain("%{", text, StringComparison.Ordinal);
            Assert.DoesNotContain(text, SafeText.IsUnsafe);
        }
    }

    [Fact]
    public void Json_PlotlyAndItsFSharp_LiveInAContextOfTheirOwn()
    {
        PlotlyHost.Json(ChartSvgTests.Chart());
        var own = AssemblyLoadContext.All.Single(context => context.Name == "plotly");
        Assert.Contains(own.Assemblies, assembly => assembly.GetName().Name == "Plotly.NET");
        Assert.Contains(own.Assemblies, assembly => assembly.GetName().Name == "FSharp.Core");
        Assert.DoesNotContain(AssemblyLoadContext.Default.Assemblies, assembly => assembly.GetName().Name is "Plotly.NET" or "FSharp.Core");
    }

    [Fact]
    public void Html_OfAHostileRun_HasNoElementOfItsNames()
    {
        var html = Figure.Ttft(Sample.Run([Sample.Trial(1, 2048, 1, 1)], model: Sample.Hostile)).Html;
        Assert.DoesNotContain("<script>alert", html, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, Count(html, "<script"));
        Assert.Equal(1, Count(html, "</script"));
    }

    [Fact]
    public void Scripts_PlotlyJs_IsGuardedAgainstModuleLoaders()
    {
        var scripts = FigureScripts.Read(NotebookFolders.LibraryFolder);
        Assert.Equal(2, scripts.Count);
        Assert.StartsWith("if(!window.Plotly){(function(define,module,exports){", scripts[0], StringComparison.Ordinal);
        Assert.All(scripts, script => Assert.DoesNotContain("</script", script, StringComparison.OrdinalIgnoreCase));
    }

    private static int Count(string text, string part) => text.Split(part, StringSplitOptions.None).Length - 1;

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonObject fields => fields.SelectMany(field => Texts(field.Value)),
        JsonArray items => items.SelectMany(Texts),
        JsonValue value when value.TryGetValue<string>(out var text) => [text],
        _ => [],
    };
}
