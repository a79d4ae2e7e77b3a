using MemoryWall.Charts;
using Plotly.NET;
using Line = MemoryWall.Charts.Line;

namespace MemoryWall.Plotly;

/// <summary>A trace and its name in the legend.</summary>
internal readonly record struct NamedTrace(Trace Trace, string LegendName);

/// <summary>Converts marks to Plotly traces.</summary>
internal static class PlotlyTraces
{
    public static IEnumerable<NamedTrace> Create(Panel panel, int index, AxisRange x, bool hasOwnLegend)
    {
        var y = index == 0 ? "y" : FormattableString.Invariant($"y{index + 1}");
        foreach (var (trace, mark) in panel.LegendMarks
            .SelectMany(mark => Create(mark, x, AxisRange.ForY(panel)).Select(trace => (trace, mark))))
        {
            trace.SetProperty("xaxis", "x");
            trace.SetProperty("yaxis", y);
            if (!trace.Properties.ContainsKey("name"))
                trace.SetProperty("name", PlotlyText.Escape(mark.Name));
            trace.SetProperty("legendgroup", PlotlyText.Escape(mark.Name));
            if (mark.Name.Length == 0)
                trace.SetProperty("showlegend", false);
            if (hasOwnLegend && index > 0)
                trace.SetProperty("legend", FormattableString.Invariant($"legend{index + 1}"));
            yield return new NamedTrace(trace,
                (hasOwnLegend ? y : "") + mark.Name + (trace.Properties.ContainsKey("showlegend") ? " " : ""));
        }
    }

    private static IEnumerable<Trace> Create(Mark mark, AxisRange x, AxisRange range) => mark switch
    {
        Line line =>
            [CreatePointTrace(line.Points, line.Symbol == Symbol.None ? "lines" : "lines+markers", line.Color, line.Symbol, line.Dash)],
        Scatter scatter =>
            [AddPointLabels(CreatePointTrace(scatter.Points, "markers", scatter.Color, scatter.Symbol, Dash.Solid), scatter.Points, x,
                range)],
        Band band => [CreateBandTrace(band)],
        Bars bars => [CreateBarTrace(bars)],
        HeatMap heat => [CreateHeatMapTrace(heat)],
        _ => [],
    };

    private static Trace CreatePointTrace(IReadOnlyList<ChartPoint> points, string mode, ChartColor color, Symbol symbol, Dash dash)
    {
        var trace = new Trace("scatter");
        trace.SetProperty("mode", mode);
        trace.SetProperty("x", points.Select(point => point.X).ToArray());
        trace.SetProperty("y", points.Select(point => point.Y).ToArray());
        trace.SetProperty("connectgaps", false);
        trace.SetProperty("line",
            new { color = ToHex(color), width = 2, dash = dash switch { Dash.Dashed => "dash", Dash.Dotted => "dot", _ => "solid" } });
        trace.SetProperty("marker", new { color = ToHex(color), size = symbol == Symbol.Cross ? 13 : 7, symbol = GetSymbolName(symbol) });
        if (symbol == Symbol.Cross)
            trace.SetProperty("cliponaxis", false);
        SetHover(trace, points.Select(point => point.Hover));
        return trace;
    }

    // A label is placed on the side of its marker that faces the middle of the panel.
    private static Trace AddPointLabels(Trace trace, IReadOnlyList<ChartPoint> points, AxisRange x, AxisRange range)
    {
        if (points.All(point => point.Label is null))
            return trace;
        trace.SetProperty("mode", "markers+text");
        trace.SetProperty("hoverinfo", "text");
        trace.SetProperty("hovertext", points.Select(point => PlotlyText.Escape(point.Hover ?? "")).ToArray());
        trace.SetProperty("text", points.Select(point => PlotlyText.Escape(point.Label ?? "")).ToArray());
        // A label at the edge of the panel is moved inwards.
        static string Height(double part) => part switch { < 0.06 => "top", > 0.94 => "bottom", _ => "middle" };
        trace.SetProperty("textposition",
            points.Select(point => $"{Height(range.ToFraction(point.Y ?? 0))} {(x.ToFraction(point.X) > 0.5 ? "left" : "right")}")
                .ToArray());
        return trace;
    }

    private static Trace CreateBandTrace(Band band)
    {
        var trace = new Trace("scatter");
        trace.SetProperty("mode", "lines");
        trace.SetProperty("x", band.Ranges.Select(range => range.X).Concat(band.Ranges.Reverse().Select(range => range.X)).ToArray());
        trace.SetProperty("y", band.Ranges.Select(range => range.High).Concat(band.Ranges.Reverse().Select(range => range.Low)).ToArray());
        trace.SetProperty("line", new { width = 0, color = ToHex(band.Color) });
        trace.SetProperty("fill", "toself");
        trace.SetProperty("fillcolor", ToHex(band.Color) + (band.IsInterval ? "33" : "bf"));
        trace.SetProperty("hoverinfo", "skip");
        if (band.IsInterval)
            trace.SetProperty("showlegend", false);
        return trace;
    }

    private static Trace CreateBarTrace(Bars bars)
    {
        var trace = new Trace("bar");
        trace.SetProperty("x", bars.Ranges.Select(range => range.X).ToArray());
        trace.SetProperty("y", bars.Ranges.Select(range => range.High - range.Low).ToArray());
        trace.SetProperty("base", bars.Ranges.Select(range => range.Low).ToArray());
        trace.SetProperty("width", bars.Width);
        trace.SetProperty("marker", new { color = ToHex(bars.Color) });
        SetHover(trace, bars.Ranges.Select(range => range.Hover));
        return trace;
    }

    private static Trace CreateHeatMapTrace(HeatMap heat)
    {
        var trace = new Trace("heatmap");
        trace.SetProperty("x", heat.XEdges.ToArray());
        trace.SetProperty("y", heat.YEdges.ToArray());
        trace.SetProperty("z", heat.Cells.Select(row => row.ToArray()).ToArray());
        trace.SetProperty("zmin", 0);
        trace.SetProperty("zmax", 1);
        trace.SetProperty("colorscale",
            Enumerable.Range(0, 11).Select(i => new object[] { i / 10.0, Theme.HeatMapColor(i / 10.0) }).ToArray());
        trace.SetProperty("colorbar", new
        {
            title = new { text = PlotlyText.Escape(heat.Name), side = "top", font = new { size = 12 } },
            orientation = "h",
            thickness = 12,
            // The words at both ends are wider than the margins.
            len = 0.75,
            ticklabeloverflow = "allow",
            y = -0.13,
            yanchor = "top",
            tickvals = new[] { 0, 0.5, 1 },
            ticktext = new[] { PlotlyText.Escape(heat.Low), "equal", PlotlyText.Escape(heat.High) },
        });
        trace.SetProperty("hoverongaps", false);
        return trace;
    }

    private static void SetHover(Trace trace, IEnumerable<string?> texts)
    {
        var all = texts.Select(text => text is null ? "" : PlotlyText.Escape(text)).ToArray();
        if (all.Any(text => text.Length > 0))
            trace.SetProperty("text", all);
        trace.SetProperty("textposition", trace.type == "bar" ? "none" : "top center");
    }

    // Grey is readable on both light and dark pages.
    internal static string ToHex(ChartColor ink) => ink == ChartColor.Text ? Theme.Hex(ChartColor.Grey) : Theme.Hex(ink);

    private static string GetSymbolName(Symbol symbol) => symbol switch
    {
        Symbol.Square => "square",
        Symbol.Diamond => "diamond",
        Symbol.Triangle => "triangle-up",
        Symbol.Cross => "x",
        _ => "circle",
    };
}
