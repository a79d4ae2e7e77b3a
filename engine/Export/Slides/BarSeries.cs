using System.Xml.Linq;
using MemoryWall.Charts;
using static MemoryWall.Export.Xml.Drawing;

namespace MemoryWall.Export.Slides;

/// <summary>Stacked bars over categories.</summary>
internal static class BarSeries
{
    private const double Tolerance = 1e-9;
    private const int GapPercent = 60;

    /// <summary>Whether the bars of a panel stand on each other, from 0 on, over categories that all have a name.</summary>
    public static bool CanShow(Panel panel, Axis x)
    {
        var bars = panel.Marks.OfType<Bars>().ToList();
        // Failed trials, drawn as points, are in the notes of the figure too.
        if (bars.Count == 0 || x.Ticks is not { } categories || panel.Marks.Any(mark => mark is not (Bars or Scatter)))
            return false;
        return bars.SelectMany(bar => bar.Ranges).Select(range => range.X).Distinct().All(at =>
        {
            var top = 0.0;
            var isStacked = categories.Any(tick => Math.Abs(tick.Value - at) < Tolerance);
            foreach (var range in bars.SelectMany(bar => bar.Ranges.Where(range => Math.Abs(range.X - at) < Tolerance)))
            {
                isStacked &= Math.Abs(range.Low - top) <= Tolerance * Math.Max(1, Math.Abs(top));
                top = range.High;
            }
            return isStacked;
        });
    }

    /// <summary>The bars as series; a category without a bar has none.</summary>
    public static IReadOnlyList<ChartSeries> Create(Panel panel, Axis x) => [.. panel.Marks.OfType<Bars>().Select((bars, i) =>
    {
        var known = x.Ticks!.Select(tick => (tick.Label,
            Range: bars.Ranges.Where(range => Math.Abs(range.X - tick.Value) < Tolerance).Select(range => (ChartRange?)range)
                .FirstOrDefault())).ToList();
        return new ChartSeries
        {
            Index = i,
            Name = bars.Name,
            Color = Theme.Hex(bars.Color)[1..].ToUpperInvariant(),
            IsInLegend = true,
            X = [.. known.Select(entry => (object)entry.Label)],
            Y = [.. known.Select(entry => entry.Range is { } range ? range.High - range.Low : (double?)null)],
        };
    })];

    /// <summary>The plot of series.</summary>
    public static XElement Plot(IReadOnlyList<ChartSeries> series, string sheet) => new(C + "barChart", Value(C + "barDir", "col"),
        Value(C + "grouping", "stacked"), Value(C + "varyColors", 0),
        series.Select(one => new XElement(C + "ser", one.Describe(), new XElement(C + "spPr", Fill(one.Color)),
            Value(C + "invertIfNegative", 0), one.ReferToX("cat", sheet), one.ReferToY("val", sheet))),
        Value(C + "gapWidth", GapPercent), Value(C + "overlap", 100),
        Value(C + "axId", ChartAxis.HorizontalId), Value(C + "axId", ChartAxis.VerticalId));
}
