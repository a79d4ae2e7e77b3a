namespace MemoryWall.Charts;

/// <summary>A series drawn in a panel.</summary>
/// <param name="Name">Its name in the legend; marks with the same name share one entry.</param>
/// <param name="Color">Its colour.</param>
internal abstract record Mark(string Name, ChartColor Color);

/// <summary>A point of a series.</summary>
/// <param name="X">Its horizontal position.</param>
/// <param name="Y">Its value; null is a gap, never 0.</param>
/// <param name="Hover">Text that is shown with the value under the pointer; null for none.</param>
/// <param name="Label">Text next to the point, only for points without a line; null for none.</param>
internal readonly record struct ChartPoint(double X, double? Y, string? Hover = null, string? Label = null);

/// <summary>A line through points, interrupted where a value is absent.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Points">The points in the order of X.</param>
/// <param name="Dash">Its dash pattern.</param>
/// <param name="Symbol">The symbol at each point.</param>
internal sealed record Line(string Name, ChartColor Color, IReadOnlyList<ChartPoint> Points, Dash Dash = Dash.Solid,
    Symbol Symbol = Symbol.Circle) : Mark(Name, Color);

/// <summary>Points without a line.</summary>
/// <param name="Name">Their name.</param>
/// <param name="Color">Their colour.</param>
/// <param name="Points">The points; absent values are not drawn.</param>
/// <param name="Symbol">The symbol at each point.</param>
internal sealed record Scatter(string Name, ChartColor Color, IReadOnlyList<ChartPoint> Points, Symbol Symbol = Symbol.Circle)
    : Mark(Name, Color);

/// <summary>A vertical range at one X.</summary>
/// <param name="X">Its horizontal position.</param>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
/// <param name="Hover">Text that is shown under the pointer; null for none.</param>
internal readonly record struct ChartRange(double X, double Low, double High, string? Hover = null);

/// <summary>The area between two curves: an interval, or one layer of a stack.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Ranges">The ranges in the order of X.</param>
/// <param name="IsInterval">Whether it is the interval around a line, which is drawn faintly and omitted from the legend.</param>
internal sealed record Band(string Name, ChartColor Color, IReadOnlyList<ChartRange> Ranges, bool IsInterval = false) : Mark(Name, Color);

/// <summary>Vertical bars on an axis of categories.</summary>
/// <param name="Name">Their name.</param>
/// <param name="Color">Their colour.</param>
/// <param name="Ranges">The bars.</param>
/// <param name="Width">Their width as a share of the distance between two categories.</param>
internal sealed record Bars(string Name, ChartColor Color, IReadOnlyList<ChartRange> Ranges, double Width = 0.7) : Mark(Name, Color);

/// <summary>A grid of cells coloured by value: <see cref="ChartColor.Blue"/> at 0, light at one half, <see cref="ChartColor.Vermilion"/> at
/// 1.</summary>
/// <param name="Name">The name of the value.</param>
/// <param name="XEdges">The edges of the columns, one more than columns.</param>
/// <param name="YEdges">The edges of the rows, one more than rows, the lowest first.</param>
/// <param name="Cells">The values from 0 to 1 by row, the lowest row first; null where unknown.</param>
/// <param name="Low">What 0 means.</param>
/// <param name="High">What 1 means.</param>
internal sealed record HeatMap(string Name, IReadOnlyList<double> XEdges, IReadOnlyList<double> YEdges,
    IReadOnlyList<IReadOnlyList<double?>> Cells, string Low, string High)
    : Mark(Name, ChartColor.Text);
