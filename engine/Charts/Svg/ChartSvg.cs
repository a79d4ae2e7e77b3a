using System.Security.Cryptography;
using System.Text;
using static MemoryWall.Charts.Svg.SvgText;

namespace MemoryWall.Charts.Svg;

/// <summary>Draws a chart as an SVG on its own ground: no script, no fonts, no links, so that it shows wherever a picture does.</summary>
public static class ChartSvg
{
    internal const double Width = 860;
    private const double Left = 78;
    private const double Right = 22;
    private const double FirstPanel = 330;
    private const double NextPanel = 150;
    private const double PanelGap = 18;

    /// <summary>Height of the label of an upright reference line, above its panel.</summary>
    public const double LabelRow = 15;

    private const string Style =
        "<style>.mw-g{fill:" + Theme.Paper + "}.mw-t{fill:" + Theme.Text + "}.mw-q{fill:#595959}.mw-t,.mw-q{font-family:" + Theme.Font + "}.mw-l{stroke:" + Theme.Grid + "}.mw-a,.mw-i{stroke:" + Theme.Text + "}"
        + "@media (prefers-color-scheme:dark){.mw-g{fill:" + Theme.DarkPaper + "}.mw-t{fill:" + Theme.TextOnDark + "}.mw-q{fill:#b0b0b0}.mw-l{stroke:" + Theme.GridOnDark + "}.mw-a,.mw-i{stroke:" + Theme.TextOnDark + "}}</style>";
    /// <summary>The chart as a whole SVG document.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="withWords">Whether title and notes are in the picture; false where they stand around it.</param>
    public static string Of(Chart chart, bool withWords = true)
    {
        ArgumentNullException.ThrowIfNull(chart);
        var body = new SvgText();
        // Pictures may stand in one page, where names of parts are shared.
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ChartText.Of(chart) + chart.X.Title)))[..8];
        var y = (withWords ? Head(body, chart) : -8) + 14;
        y = chart.HasLegendEach ? y - 4 : Legend(body, Entries(chart.Panels), y) + 12;
        var x = AxisRange.OfX(chart);
        var heights = Heights(chart);
        for (var i = 0; i < chart.Panels.Count; i++)
        {
            var isLast = i == chart.Panels.Count - 1;
            if (chart.HasLegendEach)
                y = Legend(body, Entries([chart.Panels[i]]), y) + 4;
            y += LabelRow * RuleLabels.Of(chart.Panels[i], x).Rows.Count;
            new SvgPanel(body, chart.Panels[i], x, new Box(Left, y, Width - Left - Right, heights[i]), FormattableString.Invariant($"mw-{id}-{i}")).Draw(isLast ? chart.X.Title : null);
            y += heights[i] + (isLast ? 46 : PanelGap);
        }
        foreach (var line in withWords ? chart.Notes.SelectMany(note => Wrap(note, 112)) : [])
            body.Label(Left, y += 15, line, "class=\"mw-q\" font-size=\"12\"");
        y += 14;
        return $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {N(Width)} {N(y)}\" width=\"{N(Width)}\" height=\"{N(y)}\" role=\"img\">\n"
            + $"<title>{Escape(chart.Title)}</title>\n{Style}\n<rect class=\"mw-g\" width=\"{N(Width)}\" height=\"{N(y)}\"/>\n{body}</svg>\n";
    }

    /// <summary>Heights of the panels.</summary>
    public static IReadOnlyList<double> Heights(Chart chart)
    {
        var all = FirstPanel + NextPanel * (chart.Panels.Count - 1);
        var weights = chart.Panels.Sum(panel => panel.Weight);
        return [.. chart.Panels.Select(panel => all * panel.Weight / weights)];
    }

    private static double Head(SvgText body, Chart chart)
    {
        var y = 12.0;
        foreach (var line in Wrap(chart.Title, 84))
            body.Label(16, y += 19, line, "class=\"mw-t\" font-size=\"16\" font-weight=\"600\"");
        foreach (var line in Wrap(chart.Subtitle ?? "", 112))
            body.Label(16, y += 17, line, "class=\"mw-q\" font-size=\"13\"");
        return y;
    }

    private static double Legend(SvgText body, IEnumerable<Mark> entries, double y)
    {
        var x = 16.0;
        foreach (var entry in entries)
        {
            var width = 38 + entry.Name.Length * 7.2;
            if (x > 16 && x + width > Width - 16)
                (x, y) = (16, y + 18);
            Swatch(body, entry, x, y + 6);
            body.Label(x + 25, y + 10, entry.Name, "class=\"mw-t\" font-size=\"12.5\"");
            x += width;
        }
        return x > 16 ? y + 14 : y - 8;
    }

    private static IEnumerable<Mark> Entries(IEnumerable<Panel> panels) => panels.SelectMany(panel => panel.Marks)
        .SelectMany(mark => mark is Heat heat ? (Mark[])[new Bars(heat.Low, Ink.Blue, []), new Bars(heat.High, Ink.Vermilion, [])] : [mark])
        .Where(mark => mark.Name.Length > 0 && mark is not Band { IsInterval: true }).DistinctBy(mark => mark.Name);

    private static void Swatch(SvgText body, Mark mark, double x, double y)
    {
        switch (mark)
        {
            case Line line:
                body.Line(x, y, x + 20, y, SvgPanel.Stroke(line.Color, 2, line.Dash)).Sign(line.Symbol, x + 10, y, 3.5, SvgPanel.Fill(line.Color));
                break;
            case Scatter scatter:
                body.Sign(scatter.Symbol, x + 10, y, 4, SvgPanel.Fill(scatter.Color));
                break;
            default:
                body.Rectangle(x + 3, y - 6, 14, 12, SvgPanel.Fill(mark.Color));
                break;
        }
    }
}
