using System.Xml.Linq;
using MemoryWall.Charts;
using MemoryWall.Export.Xml;
using static MemoryWall.Export.Xml.Drawing;

namespace MemoryWall.Export.Slides;

/// <summary>Lines and points over an axis of numbers.</summary>
internal static class XySeries
{
    private const double LineWidth = 2.25;
    private const double ThinWidth = 1;
    private const int SymbolSize = 7;

    /// <summary>The series of a panel: its marks, then its reference lines and shaded regions.</summary>
    public static IReadOnlyList<ChartSeries> Create(Panel panel, AxisRange x, AxisRange y)
    {
        var series = panel.Marks.SelectMany(Create).Concat(panel.ReferenceLines.Select(line => Create(line, x, y)))
            .Concat(panel.ShadedRegions.Select(region => Create(region, x, y))).Where(one => one.X.Count > 0);
        return [.. series.Select((one, i) => one with { Index = i })];
    }

    /// <summary>The plot of series.</summary>
    public static XElement Plot(IReadOnlyList<ChartSeries> series, string sheet) => new(C + "scatterChart",
        Value(C + "scatterStyle", "lineMarker"), Value(C + "varyColors", 0), series.Select(one => CreateElement(one, sheet)),
        Value(C + "axId", ChartAxis.HorizontalId), Value(C + "axId", ChartAxis.VerticalId));

    private static IEnumerable<ChartSeries> Create(Mark mark) => mark switch
    {
        Line line => [FromPoints(line, line.Points, ToSymbol(line.Symbol)) with { LineWidth = LineWidth, Dash = ToDash(line.Dash) }],
        Scatter scatter => [FromPoints(scatter, scatter.Points, ToSymbol(scatter.Symbol))],
        // An interval has no band in such a chart, so it is two thin lines.
        Band band =>
        [
            FromRanges(band, range => range.Low),
            FromRanges(band, range => range.High),
        ],
        _ => [],
    };

    private static ChartSeries FromPoints(Mark mark, IReadOnlyList<ChartPoint> points, string symbol)
    {
        var known = points.Where(point => point.Y is not null).ToList();
        return new ChartSeries
        {
            Index = 0,
            Name = mark.Name,
            Color = ToColor(mark.Color),
            IsInLegend = mark.Name.Length > 0,
            X = [.. known.Select(point => (object)point.X)],
            Y = [.. known.Select(point => point.Y)],
            Labels = [.. known.Select(point => point.Label)],
            Symbol = symbol,
        };
    }

    private static ChartSeries FromRanges(Band band, Func<ChartRange, double> get) => new()
    {
        Index = 0,
        Name = band.Name + " (interval)",
        Color = ToColor(band.Color),
        IsInLegend = false,
        X = [.. band.Ranges.Select(range => (object)range.X)],
        Y = [.. band.Ranges.Select(range => (double?)get(range))],
        LineWidth = ThinWidth,
        Dash = "sysDot",
    };

    private static ChartSeries Create(ReferenceLine line, AxisRange x, AxisRange y)
    {
        var (fromY, toY, _) = ChartAxis.ChooseRange(ChartAxis.VerticalId, y.IsLogarithmic, y);
        var (fromX, toX, _) = ChartAxis.ChooseRange(ChartAxis.HorizontalId, x.IsLogarithmic, x);
        var isVertical = line.Direction == ReferenceLineDirection.Vertical;
        return new ChartSeries
        {
            Index = 0,
            Name = line.Label,
            Color = ToColor(line.Color),
            IsInLegend = line.Label.Length > 0,
            X = isVertical ? [line.Value, line.Value] : [fromX, toX],
            Y = isVertical ? [fromY, toY] : [line.Value, line.Value],
            LineWidth = ThinWidth + 0.5,
            Dash = ToDash(line.Dash),
        };
    }

    private static ChartSeries Create(ShadedRegion region, AxisRange x, AxisRange y)
    {
        var (low, high, _) = ChartAxis.ChooseRange(ChartAxis.VerticalId, y.IsLogarithmic, y);
        var (left, right, _) = ChartAxis.ChooseRange(ChartAxis.HorizontalId, x.IsLogarithmic, x);
        var (from, to) = (Math.Clamp(region.From, left, right), Math.Clamp(region.To, left, right));
        return new ChartSeries
        {
            Index = 0,
            Name = region.Label,
            Color = ToColor(region.Color),
            IsInLegend = region.Label.Length > 0,
            X = [from, from, to, to],
            Y = [low, high, high, low],
            LineWidth = ThinWidth,
            Dash = "dash",
        };
    }

    private static XElement CreateElement(ChartSeries series, string sheet) => new(C + "ser", series.Describe(),
        new XElement(C + "spPr", Stroke(series.LineWidth > 0 ? series.Color : null, series.LineWidth, series.Dash)),
        new XElement(C + "marker", Value(C + "symbol", series.Symbol), series.Symbol == "none" ? null : Value(C + "size", SymbolSize),
            series.Symbol == "none" ? null : new XElement(C + "spPr",
                series.Symbol == "x" ? new XElement(A + "noFill") : Fill(series.Color), Stroke(series.Color, 1.5))),
        CreateLabels(series), series.ReferToX("xVal", sheet), series.ReferToY("yVal", sheet), Value(C + "smooth", 0));

    private static XElement? CreateLabels(ChartSeries series) => series.Labels.All(string.IsNullOrEmpty) ? null : new XElement(C + "dLbls",
        series.Labels.Select((label, i) => string.IsNullOrEmpty(label) ? null : new XElement(C + "dLbl", Value(C + "idx", i),
            new XElement(C + "tx", new XElement(C + "rich", new XElement(A + "bodyPr"), new XElement(A + "lstStyle"),
                new XElement(A + "p", Run(XmlText.Clean(label), 11, series.Color)))),
            Value(C + "dLblPos", "t"), Show(isShown: true))),
        Show(isShown: false));

    private static IEnumerable<XElement> Show(bool isShown) =>
    [
        Value(C + "showLegendKey", 0), Value(C + "showVal", isShown ? 1 : 0), Value(C + "showCatName", 0), Value(C + "showSerName", 0),
        Value(C + "showPercent", 0), Value(C + "showBubbleSize", 0),
    ];

    private static string ToColor(ChartColor color) => Theme.Hex(color)[1..].ToUpperInvariant();

    private static string? ToDash(Dash dash) => dash switch { Dash.Dashed => "dash", Dash.Dotted => "sysDot", _ => null };

    private static string ToSymbol(Symbol symbol) => symbol switch
    {
        Symbol.None => "none",
        Symbol.Square => "square",
        Symbol.Diamond => "diamond",
        Symbol.Triangle => "triangle",
        Symbol.Cross => "x",
        _ => "circle",
    };
}
