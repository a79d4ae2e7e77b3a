namespace MemoryWall.Charts;

/// <summary>The values that an axis must include.</summary>
internal static class AxisValues
{
    public static IEnumerable<double> GetX(Panel panel) =>
        panel.Marks.SelectMany(GetX)
            .Concat(panel.ReferenceLines.Where(rule => rule.Direction == ReferenceLineDirection.Vertical).Select(rule => rule.Value))
            .Concat(panel.ShadedRegions.SelectMany(shade => new[] { shade.From, shade.To }));

    public static IEnumerable<double> GetY(Panel panel) =>
        panel.Marks.SelectMany(GetY)
            .Concat(panel.ReferenceLines.Where(rule => rule.Direction == ReferenceLineDirection.Horizontal).Select(rule => rule.Value));

    private static IEnumerable<double> GetX(Mark mark) => mark switch
    {
        Line line => line.Points.Select(point => point.X),
        Scatter scatter => scatter.Points.Select(point => point.X),
        Band band => band.Ranges.Select(range => range.X),
        Bars bars => bars.Ranges.SelectMany(range => new[] { range.X - bars.Width / 2, range.X + bars.Width / 2 }),
        HeatMap heat => heat.XEdges,
        _ => [],
    };

    private static IEnumerable<double> GetY(Mark mark) => mark switch
    {
        Line line => line.Points.Select(point => point.Y).OfType<double>(),
        Scatter scatter => scatter.Points.Select(point => point.Y).OfType<double>(),
        Band band => band.Ranges.SelectMany(GetEnds),
        Bars bars => bars.Ranges.SelectMany(GetEnds),
        HeatMap heat => heat.YEdges,
        _ => [],
    };

    private static IEnumerable<double> GetEnds(ChartRange range) => [range.Low, range.High];
}
