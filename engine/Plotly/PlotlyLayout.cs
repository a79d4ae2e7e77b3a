using MemoryWall.Charts;
using MemoryWall.Charts.Svg;
using Plotly.NET;
using Chart = MemoryWall.Charts.Chart;

namespace MemoryWall.Plotly;

/// <summary>Creates the Plotly layout: axes, titles, reference lines and shaded regions.</summary>
internal static class PlotlyLayout
{
    private const double PanelGap = 0.05;
    private const double TopMargin = 40;
    private const double BottomMargin = 50;

    /// <summary>Height of the colour scale of a heat map. It is below the horizontal axis, because at the side it would take half the width
    /// of a phone.</summary>
    private const double HeatMapScaleHeight = 52;

    public static Layout Create(Chart chart)
    {
        var layout = new Layout();
        // The labels of vertical reference lines are between the legend and the first panel.
        var rows = ChartSvg.LabelRowHeight * ReferenceLineLabels.ForPanel(chart.Panels[0], AxisRange.ForX(chart)).Rows.Count;
        var drawing = ComputePlotHeight(chart);
        var bottomMargin = BottomMargin + (chart.Panels.Any(panel => panel.Marks.Any(mark => mark is HeatMap)) ? HeatMapScaleHeight : 0);
        bottomMargin += chart.Badge is null ? 0 : ChartSvg.BadgeHeight;
        layout.SetProperty("height", Math.Round(drawing + TopMargin + rows + bottomMargin));
        layout.SetProperty("margin", new { l = 78, r = 24, t = TopMargin + rows, b = bottomMargin });
        layout.SetProperty("font", new { family = Theme.FontFamily, size = 12, color = Theme.Text });
        layout.SetProperty("paper_bgcolor", "rgba(0,0,0,0)");
        layout.SetProperty("plot_bgcolor", "rgba(0,0,0,0)");
        layout.SetProperty("hovermode", "closest");
        layout.SetProperty("modebar", new { bgcolor = "rgba(0,0,0,0)", color = Theme.Hex(ChartColor.Grey) });
        layout.SetProperty("barmode", "overlay");
        var domains = ComputeDomains(chart);
        layout.SetProperty("legend", new { orientation = "h", x = 0, y = 1 + (rows + 4) / drawing, yanchor = "bottom", xanchor = "left" });
        for (var i = 1; i < chart.Panels.Count && chart.HasLegendPerPanel; i++)
            layout.SetProperty(FormattableString.Invariant($"legend{i + 1}"),
                new { orientation = "h", x = 0, y = domains[i][1], yanchor = "bottom", xanchor = "left", font = new { size = 11 } });
        var bottom = chart.Panels.Count;
        layout.SetProperty("xaxis",
            CreateAxis(chart.X, null, anchor: bottom == 1 ? "y" : FormattableString.Invariant($"y{bottom}"), AxisRange.ForX(chart)));
        for (var i = 0; i < chart.Panels.Count; i++)
            layout.SetProperty(i == 0 ? "yaxis" : FormattableString.Invariant($"yaxis{i + 1}"),
                CreateAxis(chart.Panels[i].Y, domains[i], "x", AxisRange.ForY(chart.Panels[i])));
        layout.SetProperty("shapes",
            chart.Panels.SelectMany(
                (panel, index) => CreateShapes(panel, index, AxisRange.ForX(chart),
                    ComputePlotHeight(chart) * (domains[index][1] - domains[index][0]))).ToArray());
        layout.SetProperty("annotations", chart.Panels.SelectMany((panel, index) => CreateAnnotations(chart, panel, index))
            .Concat(chart.Badge is { } badge
                ? [CreateAnnotation(new Anchor("paper", "paper", 1, 0), badge, "right", "bottom", 4 - bottomMargin)]
                : []).ToArray());
        return layout;
    }

    private static double ComputePlotHeight(Chart chart) => ChartSvg.ComputePanelHeights(chart).Sum();

    private static List<double[]> ComputeDomains(Chart chart)
    {
        var free = 1 - PanelGap * (chart.Panels.Count - 1);
        var weights = chart.Panels.Sum(panel => panel.Weight);
        var domains = new List<double[]>();
        var top = 1.0;
        foreach (var panel in chart.Panels)
        {
            var height = free * panel.Weight / weights;
            domains.Add([Math.Max(0, top - height), top]);
            top -= height + PanelGap;
        }
        return domains;
    }

    private static Dictionary<string, object> CreateAxis(Axis axis, double[]? domain, string anchor, AxisRange? range = null)
    {
        var log = axis.Scale == AxisScale.Logarithmic;
        var result = new Dictionary<string, object>
        {
            ["title"] = new { text = PlotlyText.Escape(axis.Title), standoff = 8 },
            ["type"] = log ? "log" : "linear",
            ["anchor"] = anchor,
            ["showline"] = true,
            ["mirror"] = anchor == "x" ? true : "all",
            ["zeroline"] = false,
            ["gridcolor"] = Theme.Grid,
            ["linecolor"] = Theme.Text,
        };
        if (domain is not null)
            result["domain"] = domain;
        var (min, max) = (axis.Min ?? range?.Min, axis.Max ?? range?.Max);
        if (min is { } low && max is { } high)
            result["range"] = log ? new[] { Math.Log10(low), Math.Log10(high) } : [low, high];
        var ticks = axis.Ticks ?? (log ? range?.Ticks : null);
        if (ticks is not null)
        {
            result["tickvals"] = ticks.Select(tick => tick.Value).ToArray();
            result["ticktext"] = ticks.Select(tick => PlotlyText.Escape(tick.Label)).ToArray();
        }
        return result;
    }

    private static IEnumerable<object> CreateShapes(Panel panel, int index, AxisRange x, double height)
    {
        var labels = ReferenceLineLabels.ForPanel(panel, x);
        var y = index == 0 ? "y" : FormattableString.Invariant($"y{index + 1}");
        foreach (var shade in panel.ShadedRegions)
            yield return new
            {
                type = "rect",
                xref = "x",
                yref = y + " domain",
                x0 = shade.From,
                x1 = shade.To,
                y0 = 0,
                y1 = 1,
                fillcolor = PlotlyTraces.ToHex(shade.Color),
                opacity = 0.14,
                line = new { width = 0 },
                layer = "below"
            };
        foreach (var rule in panel.ReferenceLines)
        {
            var line = new
            {
                color = PlotlyTraces.ToHex(rule.Color),
                width = 1.6,
                dash = rule.Dash switch { Dash.Dashed => "dash", Dash.Dotted => "dot", _ => "solid" }
            };
            yield return rule.Direction == ReferenceLineDirection.Vertical
                ? new
                {
                    type = "line",
                    xref = "x",
                    yref = y + " domain",
                    x0 = rule.Value,
                    x1 = rule.Value,
                    y0 = 0.0,
                    y1 = 1 + ChartSvg.LabelRowHeight * labels.RowsBelow(rule) / height,
                    line
                }
                : new { type = "line", xref = "x domain", yref = y, x0 = 0.0, x1 = 1.0, y0 = rule.Value, y1 = rule.Value, line };
        }
    }

    private static IEnumerable<object> CreateAnnotations(Chart chart, Panel panel, int index)
    {
        var y = index == 0 ? "y" : FormattableString.Invariant($"y{index + 1}");
        var (xRange, yRange) = (AxisRange.ForX(chart), AxisRange.ForY(panel));
        double Place(Axis axis, double at) => axis.Scale == AxisScale.Logarithmic ? Math.Log10(at) : at;
        var labels = ReferenceLineLabels.ForPanel(panel, xRange);
        foreach (var rule in labels.Rows)
            yield return CreateAnnotation(new Anchor("x", y + " domain", Place(chart.X, rule.Value), 1), rule.Label,
                labels.IsLeftOfLine(rule) ? "right" : "left", "bottom", ChartSvg.LabelRowHeight * (labels.RowsBelow(rule) - 1));
        foreach (var rule in panel.ReferenceLines.Except(panel.LevelsInLegend).Where(
            rule => rule.Direction == ReferenceLineDirection.Horizontal && rule.Label.Length > 0 && yRange.Contains(rule.Value)))
            yield return CreateAnnotation(new Anchor("x domain", y, 1, Place(panel.Y, rule.Value)), rule.Label, "right",
                yRange.ToFraction(rule.Value) > 0.9 ? "top" : "bottom", 0);
        foreach (var shade in panel.ShadedRegions.Where(
            shade => shade.Label.Length > 0 && xRange.ToFraction(shade.To) - xRange.ToFraction(shade.From) > 0.009 * shade.Label.Length))
            yield return CreateAnnotation(
                new Anchor("x", y + " domain", (Place(chart.X, shade.From) + Place(chart.X, shade.To)) / 2, 1), shade.Label, "center",
                "top", 0);
    }

    private static object CreateAnnotation(Anchor at, string text, string xanchor, string yanchor, double yshift) =>
        new
        {
            xref = at.XReference,
            yref = at.YReference,
            x = at.X,
            y = at.Y,
            text = PlotlyText.Escape(text),
            xanchor,
            yanchor,
            yshift,
            showarrow = false,
            font = new { size = 12 }
        };

    /// <summary>A position in coordinates of an axis, or of the whole plot area where the reference ends in <c>domain</c>.</summary>
    private readonly record struct Anchor(string XReference, string YReference, double X, double Y);
}
