using MemoryWall.Charts;
using Plotly.NET;
using Line = MemoryWall.Charts.Line;

namespace MemoryWall.Plotly;

/// <summary>A trace and the name that it has in the legend.</summary>
internal readonly record struct NamedTrace(Trace Trace, string Legend);

/// <summary>Marks as traces.</summary>
internal static class PlotlyTraces
{
    public static IEnumerable<NamedTrace> Of(Panel panel, int index, AxisRange x, bool ownLegend)
    {
        var y = index == 0 ? "y" : FormattableString.Invariant($"y{index + 1}");
        foreach (var (trace, mark) in panel.Marks.SelectMany(mark => Of(mark, x, AxisRange.OfY(panel)).Select(trace => (trace, mark))))
        {
            trace.SetProperty("xaxis", "x");
            trace.SetProperty("yaxis", y);
            if (!trace.Properties.ContainsKey("name"))
                trace.SetProperty("name", PlotlyChart.Plain(mark.Name));
            trace.SetProperty("legendgroup", PlotlyChart.Plain(mark.Name));
            if (mark.Name.Length == 0)
                trace.SetProperty("showlegend", false);
            if (ownLegend && index > 0)
                trace.SetProperty("legend", FormattableString.Invariant($"legend{index + 1}"));
            yield return new NamedTrace(trace, (ownLegend ? y : "") + mark.Name + (trace.Properties.ContainsKey("showlegend") ? " " : ""));
        }
    }

    private static IEnumerable<Trace> Of(Mark mark, AxisRange x, AxisRange range) => mark switch
    {
        Line line => [Points(line.Points, line.Symbol == Symbol.None ? "lines" : "lines+markers", line.Color, line.Symbol, line.Dash)],
        Scatter scatter => [Labels(Points(scatter.Points, "markers", scatter.Color, scatter.Symbol, Dash.Solid), scatter.Points, x, range)],
        Band band => [Outline(band)],
        Bars bars => [Columns(bars)],
        Heat heat => [Grid(heat)],
        _ => [],
    };

    private static Trace Points(IReadOnlyList<ChartPoint> points, string mode, Ink color, Symbol symbol, Dash dash)
    {
        var trace = new Trace("scatter");
        trace.SetProperty("mode", mode);
        trace.SetProperty("x", points.Select(point => point.X).ToArray());
        trace.SetProperty("y", points.Select(point => point.Y).ToArray());
        trace.SetProperty("connectgaps", false);
        trace.SetProperty("line", new { color = Color(color), width = 2, dash = dash switch { Dash.Dashed => "dash", Dash.Dotted => "dot", _ => "solid" } });
        trace.SetProperty("marker", new { color = Color(color), size = symbol == Symbol.Cross ? 13 : 7, symbol = Sign(symbol) });
        if (symbol == Symbol.Cross)
            trace.SetProperty("cliponaxis", false);
        Hover(trace, points.Select(point => point.Hover));
        return trace;
    }

    // Beside its sign, towards the middle of the drawing, where there is room.
    private static Trace Labels(Trace trace, IReadOnlyList<ChartPoint> points, AxisRange x, AxisRange range)
    {
        if (points.All(point => point.Label is null))
            return trace;
        trace.SetProperty("mode", "markers+text");
        trace.SetProperty("hoverinfo", "text");
        trace.SetProperty("hovertext", points.Select(point => PlotlyChart.Plain(point.Hover ?? "")).ToArray());
        trace.SetProperty("text", points.Select(point => PlotlyChart.Plain(point.Label ?? "")).ToArray());
        // Off the border where the point lies on it.
        static string Height(double part) => part switch { < 0.06 => "top", > 0.94 => "bottom", _ => "middle" };
        trace.SetProperty("textposition", points.Select(point => $"{Height(range.Part(point.Y ?? 0))} {(x.Part(point.X) > 0.5 ? "left" : "right")}").ToArray());
        return trace;
    }

    private static Trace Outline(Band band)
    {
        var trace = new Trace("scatter");
        trace.SetProperty("mode", "lines");
        trace.SetProperty("x", band.Ranges.Select(range => range.X).Concat(band.Ranges.Reverse().Select(range => range.X)).ToArray());
        trace.SetProperty("y", band.Ranges.Select(range => range.High).Concat(band.Ranges.Reverse().Select(range => range.Low)).ToArray());
        trace.SetProperty("line", new { width = 0, color = Color(band.Color) });
        trace.SetProperty("fill", "toself");
        trace.SetProperty("fillcolor", Color(band.Color) + (band.IsInterval ? "33" : "bf"));
        trace.SetProperty("hoverinfo", "skip");
        if (band.IsInterval)
            trace.SetProperty("showlegend", false);
        return trace;
    }

    private static Trace Columns(Bars bars)
    {
        var trace = new Trace("bar");
        trace.SetProperty("x", bars.Ranges.Select(range => range.X).ToArray());
        trace.SetProperty("y", bars.Ranges.Select(range => range.High - range.Low).ToArray());
        trace.SetProperty("base", bars.Ranges.Select(range => range.Low).ToArray());
        trace.SetProperty("width", bars.Width);
        trace.SetProperty("marker", new { color = Color(bars.Color) });
        Hover(trace, bars.Ranges.Select(range => range.Hover));
        return trace;
    }

    private static Trace Grid(Heat heat)
    {
        var trace = new Trace("heatmap");
        trace.SetProperty("x", heat.XEdges.ToArray());
        trace.SetProperty("y", heat.YEdges.ToArray());
        trace.SetProperty("z", heat.Cells.Select(row => row.ToArray()).ToArray());
        trace.SetProperty("zmin", 0);
        trace.SetProperty("zmax", 1);
        trace.SetProperty("colorscale", Enumerable.Range(0, 11).Select(i => new object[] { i / 10.0, Theme.Heat(i / 10.0) }).ToArray());
        trace.SetProperty("colorbar", new
        {
            title = new { text = PlotlyChart.Plain(heat.Name), side = "top", font = new { size = 12 } },
            orientation = "h",
            thickness = 12,
            y = -0.13,
            yanchor = "top",
            tickvals = new[] { 0, 0.5, 1 },
            ticktext = new[] { PlotlyChart.Plain(heat.Low), "equal", PlotlyChart.Plain(heat.High) },
        });
        trace.SetProperty("hoverongaps", false);
        return trace;
    }

    private static void Hover(Trace trace, IEnumerable<string?> texts)
    {
        var all = texts.Select(text => text is null ? "" : PlotlyChart.Plain(text)).ToArray();
        if (all.Any(text => text.Length > 0))
            trace.SetProperty("text", all);
        trace.SetProperty("textposition", trace.type == "bar" ? "none" : "top center");
    }

    // The page chooses between pale and dark; the name stands for its ink.
    internal static string Color(Ink ink) => ink == Ink.Text ? Theme.Hex(Ink.Grey) : Theme.Hex(ink);

    private static string Sign(Symbol symbol) => symbol switch
    {
        Symbol.Square => "square",
        Symbol.Diamond => "diamond",
        Symbol.Triangle => "triangle-up",
        Symbol.Cross => "x",
        _ => "circle",
    };
}
