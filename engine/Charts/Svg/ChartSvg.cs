using System.Security.Cryptography;
using System.Text;
using static MemoryWall.Charts.Svg.SvgBuilder;

namespace MemoryWall.Charts.Svg;

/// <summary>Draws a chart as an SVG without scripts, fonts or links, so that any program that shows pictures can show it.</summary>
internal static class ChartSvg
{
    internal const double Width = 860;
    private const double LeftMargin = 78;
    private const double RightMargin = 22;
    private const double FirstPanelHeight = 330;
    private const double NextPanelHeight = 150;
    private const double PanelGap = 18;

    /// <summary>Height of the row of a badge, below the horizontal axis.</summary>
    public const double BadgeHeight = 20;

    /// <summary>Height of the label of a vertical reference line, above its panel.</summary>
    public const double LabelRowHeight = 15;

    /// <summary>The chart with its title and notes as a whole SVG document with its own background.</summary>
    public static string Render(Chart chart) => Render(chart, isInPage: false);

    /// <summary>The chart as an element of an HTML page that shows its title and notes: transparent, in the page's text colour.</summary>
    public static string RenderInPage(Chart chart) => Render(chart, isInPage: true);

    private static string Render(Chart chart, bool isInPage)
    {
        ArgumentNullException.ThrowIfNull(chart);
        var body = new SvgBuilder();
        // Ids must be unique, because one page can contain several pictures.
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ChartText.Format(chart) + chart.X.Title)))[..8];
        var y = (isInPage ? -8 : DrawTitle(body, chart)) + 14;
        if (chart.HasMarks)
            y = DrawPanels(body, chart, id, y);
        if (chart.Badge is { } badge)
        {
            body.Label(Width - RightMargin, y + BadgeHeight - 14, badge,
                "class=\"mw-t\" font-size=\"13\" font-weight=\"600\" text-anchor=\"end\"");
            y += BadgeHeight;
        }
        foreach (var line in isInPage || !chart.HasMarks ? [] : chart.Notes.SelectMany(note => Wrap(note, 112)))
            body.Label(LeftMargin, y += 15, line, "class=\"mw-q\" font-size=\"12\"");
        y += 14;
        var size = $"width=\"{Number(Width)}\" height=\"{Number(y)}\"";
        var open = $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Number(Width)} {Number(y)}\" {size} role=\"img\"";
        // In a page, a title element would be a tooltip of the whole picture.
        return isInPage
            ? $"{open} class=\"{SvgStyle.InPageClass}\" aria-label=\"{Escape(chart.Title)}\">\n{SvgStyle.InPage}\n{body}</svg>"
            : $"{open} class=\"{SvgStyle.DocumentClass}\">\n<title>{Escape(chart.Title)}</title>\n{SvgStyle.Document}\n"
                + $"<rect class=\"mw-g\" {size}/>\n{body}</svg>\n";
    }

    // The panels with their legends; returns where they end.
    private static double DrawPanels(SvgBuilder body, Chart chart, string id, double y)
    {
        y = chart.HasLegendPerPanel ? y - 4 : DrawLegend(body, GetLegendEntries(chart.Panels), y) + 12;
        var x = AxisRange.ForX(chart);
        var heights = ComputePanelHeights(chart);
        for (var i = 0; i < chart.Panels.Count; i++)
        {
            var isLast = i == chart.Panels.Count - 1;
            if (chart.HasLegendPerPanel)
                y = DrawLegend(body, GetLegendEntries([chart.Panels[i]]), y) + 4;
            y += LabelRowHeight * ReferenceLineLabels.ForPanel(chart.Panels[i], x).Rows.Count;
            new SvgPanel(body, chart.Panels[i], x, new Box(LeftMargin, y, Width - LeftMargin - RightMargin, heights[i]),
                FormattableString.Invariant($"mw-{id}-{i}")).Draw(isLast ? chart.X.Title : null);
            y += heights[i] + (isLast ? 46 : PanelGap);
        }
        return y;
    }

    /// <summary>Heights of the panels.</summary>
    public static IReadOnlyList<double> ComputePanelHeights(Chart chart)
    {
        var all = FirstPanelHeight + NextPanelHeight * (chart.Panels.Count - 1);
        var weights = chart.Panels.Sum(panel => panel.Weight);
        return [.. chart.Panels.Select(panel => all * panel.Weight / weights)];
    }

    private static double DrawTitle(SvgBuilder body, Chart chart)
    {
        var y = 12.0;
        foreach (var line in Wrap(chart.Title, 84))
            body.Label(16, y += 19, line, "class=\"mw-t\" font-size=\"16\" font-weight=\"600\"");
        foreach (var line in Wrap(chart.HasMarks ? chart.Subtitle ?? "" : "", 112))
            body.Label(16, y += 17, line, "class=\"mw-q\" font-size=\"13\"");
        return y;
    }

    private static double DrawLegend(SvgBuilder body, IEnumerable<Mark> entries, double y)
    {
        var x = 16.0;
        foreach (var entry in entries)
        {
            var width = 38 + entry.Name.Length * 7.2;
            if (x > 16 && x + width > Width - 16)
                (x, y) = (16, y + 18);
            DrawSwatch(body, entry, x, y + 6);
            body.Label(x + 25, y + 10, entry.Name, "class=\"mw-t\" font-size=\"12.5\"");
            x += width;
        }
        return x > 16 ? y + 14 : y - 8;
    }

    private static IEnumerable<Mark> GetLegendEntries(IEnumerable<Panel> panels) => panels.SelectMany(panel => panel.LegendMarks)
        .SelectMany(
            mark => mark is HeatMap heat
                ? (Mark[])[new Bars(heat.Low, ChartColor.Blue, []), new Bars(heat.High, ChartColor.Vermilion, [])]
                : [mark])
        .Where(mark => mark.Name.Length > 0 && mark is not Band { IsInterval: true }).DistinctBy(mark => mark.Name);

    // Black marks are for coloured areas. In the legend, which has no area behind it, they are in the colour of text.
    private static void DrawSwatch(SvgBuilder body, Mark mark, double x, double y)
    {
        if (mark.Color == ChartColor.Black)
            mark = mark with { Color = ChartColor.Text };
        switch (mark)
        {
            case Line line:
                body.Line(x, y, x + 20, y, SvgPanel.Stroke(line.Color, 2, line.Dash)).Marker(line.Symbol, x + 10, y, 3.5,
                    SvgPanel.Fill(line.Color));
                break;
            case Scatter scatter:
                body.Marker(scatter.Symbol, x + 10, y, 4, SvgPanel.Fill(scatter.Color));
                break;
            default:
                body.Rectangle(x + 3, y - 6, 14, 12, SvgPanel.Fill(mark.Color));
                break;
        }
    }
}
