using System.Globalization;
using System.Xml.Linq;
using MemoryWall.Charts;
using MemoryWall.Charts.Svg;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Notebooks.Tests.Charts;

public class ChartSvgTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Render_HostileStringsEverywhere_AreText()
    {
        var picture = XDocument.Parse(ChartSvg.Render(Hostile()));
        string[] allowed = ["svg", "title", "style", "rect", "line", "path", "circle", "text", "g", "clipPath"];
        Assert.Empty(picture.Descendants().Select(element => element.Name.LocalName).Except(allowed));
        Assert.DoesNotContain(picture.Descendants().Attributes(),
            attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase)
                || attribute.Name.LocalName.Contains("href", StringComparison.Ordinal));
        Assert.Contains(picture.Descendants(s_svg + "text"), text => text.Value.Contains("<script>", StringComparison.Ordinal));
        Assert.All([.. picture.Descendants(s_svg + "text"), .. picture.Descendants(s_svg + "title")],
            text => Assert.DoesNotContain(text.Value, SafeText.IsUnsafe));
    }

    [Fact]
    public void Render_AbsentValue_BreaksTheLine()
    {
        var picture = XDocument.Parse(
            ChartSvg.Render(Chart(new Line("a", ChartColor.Blue, [new(1, 1), new(2, 2), new(3, null), new(4, 1), new(5, 2)]))));
        var course = picture.Descendants(s_svg + "path").Select(path => (string)path.Attribute("d")!)
            .Single(d => d.Count(c => c is 'M' or 'L') == 4);
        Assert.Equal(2, course.Count(c => c == 'M'));
    }

    [Fact]
    public void Render_Failure_IsACrossAtItsContext()
    {
        var chart = Chart(new Scatter("out of memory", ChartColor.Vermilion, [new(4, 1, "at 4")], Symbol.Cross));
        var cross = XDocument.Parse(ChartSvg.Render(chart)).Descendants(s_svg + "path")
            .Single(path => path.Element(s_svg + "title") is not null);
        Assert.Equal("out of memory: at 4", cross.Element(s_svg + "title")!.Value);
        var x = AxisRange.ForX(chart).ToFraction(4);
        var numbers = ((string)cross.Attribute("d")!).Split(['M', 'L', ' '], StringSplitOptions.RemoveEmptyEntries)
            .Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(78 + x * (860 - 78 - 22), (numbers[0] + numbers[2]) / 2, 1);
    }

    // Each label has its own row above the panel, so none covers another label or a line.
    [Fact]
    public void Render_UprightRules_HaveLabelsAboveThePanelInRows()
    {
        var chart = Chart(new Line("a", ChartColor.Blue, [new(1, 1), new(5, 2)]));
        chart = chart
            with
        {
            Panels = [
                chart.Panels[0] with { ReferenceLines = [new ReferenceLine(ReferenceLineDirection.Vertical, 3, "second"),
                    new ReferenceLine(ReferenceLineDirection.Vertical, 2.9, "first")] }]
        };
        var picture = XDocument.Parse(ChartSvg.Render(chart));
        double YOf(string label) => (double)picture.Descendants(s_svg + "text").Single(text => text.Value == label).Attribute("y")!;
        var top = (double)picture.Descendants(s_svg + "clipPath").Single().Element(s_svg + "rect")!.Attribute("y")!;
        Assert.True(YOf("first") < YOf("second") - 10 && YOf("second") < top);
        // Near the right end the labels are on the left of their lines, elsewhere on the right, so that no line crosses a label.
        var axis = AxisRange.ForX(chart);
        var near = ReferenceLineLabels.ForPanel(
            chart.Panels[0] with
            {
                ReferenceLines = [new ReferenceLine(ReferenceLineDirection.Vertical, 4.5, "first"),
                new ReferenceLine(ReferenceLineDirection.Vertical, 4.8, "second")]
            }, axis);
        Assert.Equal(["second", "first"], near.Rows.Select(rule => rule.Label));
        Assert.All(near.Rows, rule => Assert.True(near.IsLeftOfLine(rule)));
    }

    [Fact]
    public void Render_PointWithALabel_PutsItNextToThePoint()
    {
        var chart = Chart(
            new Scatter("", ChartColor.Vermilion, [new(1, 1, "detail", "thrashing"), new(9, 1, "detail", "dead")], Symbol.Cross));
        var texts = XDocument.Parse(ChartSvg.Render(chart)).Descendants(s_svg + "text").Where(text => text.Value is "thrashing" or "dead")
            .ToDictionary(text => text.Value, text => (string?)text.Attribute("text-anchor"));
        // Towards the middle, where there is space.
        Assert.Equal(("start", "end"), (texts["thrashing"], texts["dead"]));
    }

    [Fact]
    public void Render_EmptyChart_IsStillAPicture() => Assert.NotNull(XDocument.Parse(ChartSvg.Render(Chart())).Root);

    [Fact]
    public void Render_DecimalComma_IsTheSame()
    {
        var figure = Figure.Timeline(Runs.Open("samples/context-sweep"));
        Assert.Equal(figure.Svg, CommaCulture.Run(() => Figure.Timeline(Runs.Open("samples/context-sweep")).Svg));
        Assert.Equal(figure.Html, CommaCulture.Run(() => Figure.Timeline(Runs.Open("samples/context-sweep")).Html));
        Assert.Equal(figure.ToString(), CommaCulture.Run(() => Figure.Timeline(Runs.Open("samples/context-sweep")).ToString()));
    }

    internal static Chart Chart(params Mark[] marks) => new()
    {
        Title = "a title",
        X = new Axis("x"),
        Panels = [new Panel { Y = new Axis("y"), Marks = marks }],
        Table = new TextTable([], []),
    };

    internal static Chart Hostile() => new()
    {
        Title = Sample.Hostile,
        Subtitle = Sample.Hostile,
        X = new Axis(Sample.Hostile) { Ticks = [new Tick(1, Sample.Hostile)] },
        Panels =
        [
            new Panel
            {
                Y = new Axis(Sample.Hostile),
                Marks = [new Line(Sample.Hostile, ChartColor.Blue, [new(1, 1, Sample.Hostile), new(2, 2)]),
                    new Bars(Sample.Hostile, ChartColor.Green, [new(1, 0, 1, Sample.Hostile)]),
                    new HeatMap(Sample.Hostile, [0, 1], [0, 1], [[0.5]], Sample.Hostile, Sample.Hostile)],
                ReferenceLines = [new ReferenceLine(ReferenceLineDirection.Vertical, 1, Sample.Hostile),
                    new ReferenceLine(ReferenceLineDirection.Horizontal, 1, Sample.Hostile)],
                ShadedRegions = [new ShadedRegion(1, 2, Sample.Hostile, ChartColor.Blue)],
            },
        ],
        Notes = [Sample.Hostile],
        Table = new TextTable([new TextColumn(Sample.Hostile)], [[Sample.Hostile]]),
    };
}
