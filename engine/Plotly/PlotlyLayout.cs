using MemoryWall.Charts;
using MemoryWall.Charts.Svg;
using Plotly.NET;
using Chart = MemoryWall.Charts.Chart;

namespace MemoryWall.Plotly;

/// <summary>Axes, titles, reference lines and shades.</summary>
internal static class PlotlyLayout
{
    private const double Gap = 0.05;

    public static Layout Of(Chart chart)
    {
        var layout = new Layout();
        var below = 90.0;
        layout.SetProperty("height", Math.Round(ChartSvg.Heights(chart).Sum() + below));
        layout.SetProperty("margin", new { l = 78, r = 24, t = 44, b = 50 });
        layout.SetProperty("font", new { family = Theme.Font, size = 12, color = Theme.Text });
        layout.SetProperty("paper_bgcolor", "rgba(0,0,0,0)");
        layout.SetProperty("plot_bgcolor", "rgba(0,0,0,0)");
        layout.SetProperty("hovermode", "closest");
        layout.SetProperty("modebar", new { bgcolor = "rgba(0,0,0,0)", color = Theme.Hex(Ink.Grey) });
        layout.SetProperty("barmode", "overlay");
        layout.SetProperty("legend", new { orientation = "h", x = 0, y = 1, yanchor = "bottom", xanchor = "left" });
        var bottom = chart.Panels.Count;
        layout.SetProperty("xaxis", AxisOf(chart.X, null, anchor: bottom == 1 ? "y" : FormattableString.Invariant($"y{bottom}")));
        var domains = Domains(chart);
        for (var i = 0; i < chart.Panels.Count; i++)
            layout.SetProperty(i == 0 ? "yaxis" : FormattableString.Invariant($"yaxis{i + 1}"), AxisOf(chart.Panels[i].Y, domains[i], "x", AxisRange.OfY(chart.Panels[i])));
        layout.SetProperty("shapes", chart.Panels.SelectMany(Shapes).ToArray());
        layout.SetProperty("annotations", chart.Panels.SelectMany((panel, index) => Labels(chart, panel, index)).ToArray());
        return layout;
    }

    private static List<double[]> Domains(Chart chart)
    {
        var free = 1 - Gap * (chart.Panels.Count - 1);
        var weights = chart.Panels.Sum(panel => panel.Weight);
        var domains = new List<double[]>();
        var top = 1.0;
        foreach (var panel in chart.Panels)
        {
            var height = free * panel.Weight / weights;
            domains.Add([Math.Max(0, top - height), top]);
            top -= height + Gap;
        }
        return domains;
    }

    private static Dictionary<string, object> AxisOf(Axis axis, double[]? domain, string anchor, AxisRange? range = null)
    {
        var log = axis.Scale == AxisScale.Logarithmic;
        var result = new Dictionary<string, object>
        {
            ["title"] = new { text = PlotlyChart.Plain(axis.Title), standoff = 8 },
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
            result["tickvals"] = ticks.Select(tick => tick.At).ToArray();
            result["ticktext"] = ticks.Select(tick => PlotlyChart.Plain(tick.Label)).ToArray();
        }
        return result;
    }

    private static IEnumerable<object> Shapes(Panel panel, int index)
    {
        var y = index == 0 ? "y" : FormattableString.Invariant($"y{index + 1}");
        foreach (var shade in panel.Shades)
            yield return new { type = "rect", xref = "x", yref = y + " domain", x0 = shade.From, x1 = shade.To, y0 = 0, y1 = 1, fillcolor = PlotlyTraces.Color(shade.Color), opacity = 0.14, line = new { width = 0 }, layer = "below" };
        foreach (var rule in panel.Rules)
        {
            var line = new { color = PlotlyTraces.Color(rule.Color), width = 1.6, dash = rule.Dash switch { Dash.Dashed => "dash", Dash.Dotted => "dot", _ => "solid" } };
            yield return rule.Direction == RuleDirection.Vertical
                ? new { type = "line", xref = "x", yref = y + " domain", x0 = rule.At, x1 = rule.At, y0 = 0.0, y1 = 1.0, line }
                : new { type = "line", xref = "x domain", yref = y, x0 = 0.0, x1 = 1.0, y0 = rule.At, y1 = rule.At, line };
        }
    }

    private static IEnumerable<object> Labels(Chart chart, Panel panel, int index)
    {
        var y = index == 0 ? "y" : FormattableString.Invariant($"y{index + 1}");
        var (xRange, yRange) = (AxisRange.OfX(chart), AxisRange.OfY(panel));
        double Place(Axis axis, double at) => axis.Scale == AxisScale.Logarithmic ? Math.Log10(at) : at;
        var place = 0;
        foreach (var rule in panel.Rules.Where(rule => rule.Label.Length > 0))
        {
            if (rule.Direction == RuleDirection.Vertical && xRange.Shows(rule.At))
            {
                var isRight = xRange.Part(rule.At) > 0.65;
                yield return Note("x", y + " domain", Place(chart.X, rule.At), 1, rule.Label, isRight ? "right" : "left", "top", -15 * place++);
            }
            else if (rule.Direction == RuleDirection.Horizontal && yRange.Shows(rule.At))
                yield return Note("x domain", y, 1, Place(panel.Y, rule.At), rule.Label, "right", "bottom", 0);
        }
        foreach (var shade in panel.Shades.Where(shade => shade.Label.Length > 0 && xRange.Part(shade.To) - xRange.Part(shade.From) > 0.009 * shade.Label.Length))
            yield return Note("x", y + " domain", (Place(chart.X, shade.From) + Place(chart.X, shade.To)) / 2, 1, shade.Label, "center", "top", 0);
    }

    private static object Note(string xref, string yref, double x, double y, string text, string xanchor, string yanchor, double yshift) =>
        new { xref, yref, x, y, text = PlotlyChart.Plain(text), xanchor, yanchor, yshift, showarrow = false, font = new { size = 12 } };
}
