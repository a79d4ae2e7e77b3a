using System.Xml.Linq;
using MemoryWall.Charts;
using MemoryWall.Export.Tables;
using static MemoryWall.Export.Xml.Drawing;

namespace MemoryWall.Export.Slides;

/// <summary>One panel of a figure as a chart that can be edited in the presentation, with its numbers in an embedded workbook.</summary>
/// <param name="Xml">The chart.</param>
/// <param name="Data">The numbers that it refers to.</param>
internal sealed record NativeChart(XElement Xml, DataTable Data)
{
    private const string SheetName = "Data";

    /// <summary>Whether every mark of a figure has a form in such a chart.</summary>
    public static bool CanShow(Chart chart)
    {
        ArgumentNullException.ThrowIfNull(chart);
        return chart.Panels.All(panel => panel.Marks.All(mark => mark is Line or Scatter or Band { IsInterval: true })
            || BarSeries.CanShow(panel, chart.X));
    }

    /// <summary>The chart of a panel.</summary>
    /// <param name="chart">The figure, for which <see cref="CanShow"/>.</param>
    /// <param name="panel">One of its panels.</param>
    /// <param name="isLast">Whether it is the lowest panel, which has the title of the horizontal axis.</param>
    public static NativeChart Create(Chart chart, Panel panel, bool isLast)
    {
        var isBars = panel.Marks.OfType<Bars>().Any();
        var series = isBars ? BarSeries.Create(panel, chart.X) : XySeries.Create(panel, AxisRange.ForX(chart), AxisRange.ForY(panel));
        var plot = isBars
            ? BarSeries.Plot(series, SheetName)
            : XySeries.Plot(series, SheetName);
        var horizontal = isBars
            ? ChartAxis.Categories(isLast ? chart.X.Title : null)
            : ChartAxis.Values(ChartAxis.HorizontalId, chart.X, AxisRange.ForX(chart), isLast ? chart.X.Title : null);
        var space = new XElement(C + "chartSpace", new XAttribute(XNamespace.Xmlns + "c", C), new XAttribute(XNamespace.Xmlns + "a", A),
            new XAttribute(XNamespace.Xmlns + "r", R),
            Value(C + "date1904", 0), Value(C + "roundedCorners", 0),
            new XElement(C + "chart", Value(C + "autoTitleDeleted", 1),
                new XElement(C + "plotArea", new XElement(C + "layout"), plot, horizontal,
                    ChartAxis.Values(ChartAxis.VerticalId, panel.Y, AxisRange.ForY(panel), panel.Y.Title)),
                CreateLegend(series), Value(C + "plotVisOnly", 1), Value(C + "dispBlanksAs", "gap")),
            new XElement(C + "txPr", new XElement(A + "bodyPr"), new XElement(A + "lstStyle"),
                new XElement(A + "p", new XElement(A + "pPr", RunProperties("defRPr", 12)),
                    new XElement(A + "endParaRPr", new XAttribute("lang", "en-US")))));
        return new NativeChart(space, ChartSeries.ToTable(SheetName, series));
    }

    private static XElement? CreateLegend(IReadOnlyList<ChartSeries> series) => series.Any(one => one.IsInLegend)
        ? new XElement(C + "legend", Value(C + "legendPos", "t"),
            series.Where(one => !one.IsInLegend).Select(one => new XElement(C + "legendEntry", Value(C + "idx", one.Index),
                Value(C + "delete", 1))),
            Value(C + "overlay", 0))
        : null;
}
