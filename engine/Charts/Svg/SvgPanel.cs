using System.Globalization;
using System.Text;
using static MemoryWall.Charts.Svg.SvgBuilder;

namespace MemoryWall.Charts.Svg;

/// <summary>A rectangle of the picture.</summary>
internal readonly record struct Box(double X, double Y, double Width, double Height)
{
    public double Right => X + Width;

    public double Bottom => Y + Height;
}

/// <summary>Draws one panel.</summary>
internal sealed class SvgPanel(SvgBuilder svg, Panel panel, AxisRange x, Box box, string clip)
{
    private const int HeatMapShades = 24;
    private const int MaxSeparateMarkers = 300;
    private readonly AxisRange _y = AxisRange.ForY(panel);

    public static string Stroke(ChartColor ink, double width, Dash dash = Dash.Solid)
    {
        var dashes = dash switch { Dash.Dashed => " stroke-dasharray=\"7 4\"", Dash.Dotted => " stroke-dasharray=\"2 4\"", _ => "" };
        return (ink == ChartColor.Text ? "class=\"mw-i\"" : $"stroke=\"{Theme.Hex(ink)}\"")
            + $" fill=\"none\" stroke-width=\"{Number(width)}\"{dashes}";
    }

    // A cross uses this fill colour as its stroke, so the text colour is replaced by a grey that is readable on light and dark pages.
    public static string Fill(ChartColor ink) => $"fill=\"{(ink == ChartColor.Text ? Theme.Hex(ChartColor.Grey) : Theme.Hex(ink))}\"";

    public void Draw(string? xTitle)
    {
        svg.Raw($"<clipPath id=\"{clip}\"><rect x=\"{Number(box.X)}\" y=\"{Number(box.Y)}\" "
            + $"width=\"{Number(box.Width)}\" height=\"{Number(box.Height)}\"/></clipPath>");
        foreach (var shade in panel.ShadedRegions)
            svg.Rectangle(X(shade.From), box.Y, X(shade.To) - X(shade.From), box.Height,
                $"{Fill(shade.Color)} fill-opacity=\"0.14\" clip-path=\"url(#{clip})\"");
        DrawGrid(xTitle);
        svg.Raw($"<g clip-path=\"url(#{clip})\">");
        foreach (var mark in panel.Marks)
            Draw(mark);
        svg.Raw("</g>");
        // Crosses of failures can be on the edge of the panel, where clipping would cut them in half.
        foreach (var scatter in panel.Marks.OfType<Scatter>())
            DrawMarkers(scatter.Points, scatter.Symbol, scatter.Color, scatter.Symbol == Symbol.Cross ? 5.5 : 3.5, scatter.Name);
        svg.Rectangle(box.X, box.Y, box.Width, box.Height, "fill=\"none\" class=\"mw-a\" stroke-width=\"1\"");
        DrawReferenceLines();
        // After the lines, so that none crosses a label; the labels have a halo.
        foreach (var points in panel.Marks.Select(mark => mark is Line line ? line.Points : mark is Scatter scatter ? scatter.Points : []))
            DrawPointLabels(points);
    }

    private void DrawGrid(string? xTitle)
    {
        foreach (var tick in _y.Ticks)
        {
            svg.Line(box.X, Y(tick.Value), box.Right, Y(tick.Value), "class=\"mw-l\"");
            svg.Label(box.X - 7, Y(tick.Value) + 4, tick.Label, "class=\"mw-t\" font-size=\"12\" text-anchor=\"end\"");
        }
        foreach (var tick in x.Ticks)
        {
            svg.Line(X(tick.Value), box.Y, X(tick.Value), box.Bottom, "class=\"mw-l\"");
            if (xTitle is not null)
                svg.Label(X(tick.Value), box.Bottom + 17, tick.Label, "class=\"mw-t\" font-size=\"12\" text-anchor=\"middle\"");
        }
        var middle = box.Y + box.Height / 2;
        svg.Label(20, middle, panel.Y.Title,
            $"class=\"mw-t\" font-size=\"12.5\" text-anchor=\"middle\" transform=\"rotate(-90 20 {Number(middle)})\"");
        if (xTitle is not null)
            svg.Label(box.X + box.Width / 2, box.Bottom + 36, xTitle, "class=\"mw-t\" font-size=\"12.5\" text-anchor=\"middle\"");
    }

    private void Draw(Mark mark)
    {
        switch (mark)
        {
            case Line line:
                svg.Path(LinePath(line.Points), Stroke(line.Color, 2, line.Dash) + " stroke-linejoin=\"round\"");
                DrawMarkers(line.Points, line.Symbol, line.Color, 3.5, line.Name);
                break;
            case Band band when band.Ranges.Count > 0:
                svg.Path(BandPath(band.Ranges), Fill(band.Color) + $" fill-opacity=\"{(band.IsInterval ? "0.2" : "0.75")}\"");
                break;
            case Bars bars:
                foreach (var bar in bars.Ranges)
                    svg.Rectangle(X(bar.X - bars.Width / 2), Y(bar.High), X(bar.X + bars.Width / 2) - X(bar.X - bars.Width / 2),
                        Y(bar.Low) - Y(bar.High), Fill(bars.Color), bar.Hover);
                break;
            case HeatMap heat:
                DrawCells(heat);
                break;
        }
    }

    // Cells of one colour are one path, and neighbours one rectangle of it. A picture of single rectangles would be four times as large.
    private void DrawCells(HeatMap heat)
    {
        var paths = new SortedDictionary<double, StringBuilder>();
        for (var row = 0; row < heat.Cells.Count; row++)
        {
            var cells = heat.Cells[row].Select(cell => cell is { } value
                ? Math.Round(Math.Clamp(value, 0, 1) * HeatMapShades) / HeatMapShades
                : (double?)null).ToList();
            for (int column = 0, next; column < cells.Count; column = next)
            {
                next = column + 1;
                while (next < cells.Count && cells[next] == cells[column])
                    next++;
                if (cells[column] is not { } shade)
                    continue;
                var (left, right, top, bottom) = (X(heat.XEdges[column]), X(heat.XEdges[next]), Y(heat.YEdges[row + 1]),
                    Y(heat.YEdges[row]));
                if (!paths.TryGetValue(shade, out var path))
                    paths[shade] = path = new StringBuilder();
                // The overlap hides the seams that smoothing would leave.
                path.Append(CultureInfo.InvariantCulture,
                    $"M{Coordinates(left, top)}h{Number(right - left + 0.3)}v{Number(bottom - top + 0.3)}h{Number(left - right - 0.3)}z");
            }
        }
        foreach (var (shade, path) in paths)
            svg.Path(path.ToString(), $"fill=\"{Theme.HeatMapColor(shade)}\"");
    }

    private void DrawMarkers(IReadOnlyList<ChartPoint> points, Symbol symbol, ChartColor color, double size, string name)
    {
        if (points.Count > MaxSeparateMarkers && symbol == Symbol.Circle && points.All(point => point.Label is null))
        {
            DrawCloud(points, color, size);
            return;
        }
        foreach (var point in points.Where(point => point.Y is { } y && x.Contains(point.X) && _y.Contains(y)))
        {
            svg.Marker(symbol, X(point.X), Y(point.Y!.Value), size, Fill(color), point.Hover is { } hover
                ? name.Length == 0 ? hover : $"{name}: {hover}"
                : null);
        }
    }

    private void DrawPointLabels(IReadOnlyList<ChartPoint> points)
    {
        foreach (var point in points.Where(point => point is { Label: not null, Y: { } y } && x.Contains(point.X) && _y.Contains(y)))
        {
            var isRight = x.ToFraction(point.X) > 0.5;
            // A label at the edge of the panel is moved inwards.
            var below = _y.ToFraction(point.Y!.Value) switch { < 0.06 => -8, > 0.94 => 17, _ => 4 };
            DrawLabel(X(point.X) + (isRight ? -12 : 12), Y(point.Y!.Value) + below, point.Label!, isRight ? "end" : "start");
        }
    }

    // Thousands of points are one path of dots, without values under the pointer.
    private void DrawCloud(IReadOnlyList<ChartPoint> points, ChartColor color, double size) => svg.Path(
        string.Concat(points.Where(point => point.Y is { } y && x.Contains(point.X) && _y.Contains(y))
            .Select(point => $"M{Coordinates(X(point.X), Y(point.Y!.Value))}h.01")),
        $"stroke=\"{Theme.Hex(color == ChartColor.Text ? ChartColor.Grey : color)}\" fill=\"none\" stroke-linecap=\"round\" "
            + $"stroke-width=\"{Number(2 * size)}\"");

    private void DrawReferenceLines()
    {
        var labels = ReferenceLineLabels.ForPanel(panel, x);
        foreach (var rule in panel.ReferenceLines)
        {
            if (rule.Direction == ReferenceLineDirection.Vertical && x.Contains(rule.Value))
            {
                var (at, top) = (X(rule.Value), box.Y - ChartSvg.LabelRowHeight * labels.RowsBelow(rule));
                svg.Line(at, top, at, box.Bottom, Stroke(rule.Color, 1.6, rule.Dash));
                DrawLabel(at + (labels.IsLeftOfLine(rule) ? -5 : 5), top + 11, rule.Label, labels.IsLeftOfLine(rule) ? "end" : "start");
            }
            else if (rule.Direction == ReferenceLineDirection.Horizontal && _y.Contains(rule.Value))
            {
                svg.Line(box.X, Y(rule.Value), box.Right, Y(rule.Value), Stroke(rule.Color, 1.6, rule.Dash));
                if (!panel.LevelsInLegend.Contains(rule))
                    DrawLabel(box.Right - 5, Y(rule.Value) + (_y.ToFraction(rule.Value) > 0.9 ? 14 : -4), rule.Label, "end");
            }
        }
        foreach (var shade in panel.ShadedRegions.Where(
            shade => shade.Label.Length > 0 && X(shade.To) - X(shade.From) > shade.Label.Length * 6.5))
            svg.Label((X(shade.From) + X(shade.To)) / 2, box.Y + 13, shade.Label, "class=\"mw-h\" font-size=\"11\" text-anchor=\"middle\"");
    }

    private void DrawLabel(double at, double y, string label, string anchor)
    {
        if (label.Length > 0)
            svg.Label(at, y, label, $"class=\"mw-h\" font-size=\"12\" text-anchor=\"{anchor}\"");
    }

    private string LinePath(IReadOnlyList<ChartPoint> points)
    {
        var d = new StringBuilder();
        var isDown = false;
        foreach (var point in points)
        {
            if (point.Y is not { } y || !double.IsFinite(_y.ToFraction(y)))
            {
                isDown = false;
                continue;
            }
            d.Append(isDown ? 'L' : 'M').Append(Coordinates(X(point.X), Y(y)));
            isDown = true;
        }
        return d.ToString();
    }

    private string BandPath(IReadOnlyList<ChartRange> ranges) =>
        "M" + string.Join('L',
            ranges.Select(range => Coordinates(X(range.X), Y(range.High)))
                .Concat(ranges.Reverse().Select(range => Coordinates(X(range.X), Y(range.Low))))) + "Z";

    private double X(double value) => box.X + x.ToFraction(value) * box.Width;

    // A logarithmic scale has no position for 0; such a value is drawn at the axis.
    private double Y(double value) =>
        box.Bottom - Math.Clamp(_y.ToFraction(value) is var part && double.IsFinite(part) ? part : 0, -0.5, 1.5) * box.Height;
}
