namespace MemoryWall.Charts;

/// <summary>The values that an axis has to make room for.</summary>
internal static class Extent
{
    public static IEnumerable<double> X(Panel panel) =>
        panel.Marks.SelectMany(X).Concat(panel.Rules.Where(rule => rule.Direction == RuleDirection.Vertical).Select(rule => rule.At))
            .Concat(panel.Shades.SelectMany(shade => new[] { shade.From, shade.To }));

    public static IEnumerable<double> Y(Panel panel) =>
        panel.Marks.SelectMany(Y).Concat(panel.Rules.Where(rule => rule.Direction == RuleDirection.Horizontal).Select(rule => rule.At));

    private static IEnumerable<double> X(Mark mark) => mark switch
    {
        Line line => line.Points.Select(point => point.X),
        Scatter scatter => scatter.Points.Select(point => point.X),
        Band band => band.Ranges.Select(range => range.X),
        Bars bars => bars.Ranges.SelectMany(range => new[] { range.X - bars.Width / 2, range.X + bars.Width / 2 }),
        Heat heat => heat.XEdges,
        _ => [],
    };

    private static IEnumerable<double> Y(Mark mark) => mark switch
    {
        Line line => line.Points.Select(point => point.Y).OfType<double>(),
        Scatter scatter => scatter.Points.Select(point => point.Y).OfType<double>(),
        Band band => band.Ranges.SelectMany(Ends),
        Bars bars => bars.Ranges.SelectMany(Ends),
        Heat heat => heat.YEdges,
        _ => [],
    };

    private static IEnumerable<double> Ends(ChartRange range) => [range.Low, range.High];
}
