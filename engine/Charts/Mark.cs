namespace MemoryWall.Charts;

/// <summary>Something drawn in a panel.</summary>
/// <param name="Name">Its name in the legend; marks of one name have one entry.</param>
/// <param name="Color">Its colour.</param>
public abstract record Mark(string Name, ChartColor Color);

/// <summary>A point of a series.</summary>
/// <param name="X">Where.</param>
/// <param name="Y">Its value; null is a gap, never 0.</param>
/// <param name="Hover">What to say beside the value when it is pointed at; null for nothing.</param>
/// <param name="Label">What stands beside the point in the drawing; null for nothing. Only points without a line have it.</param>
internal readonly record struct ChartPoint(double X, double? Y, string? Hover = null, string? Label = null);

/// <summary>A line through points, broken where a value is absent.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Points">The points, by X.</param>
/// <param name="Dash">Its dashes.</param>
/// <param name="Symbol">The sign at each point; none for a bare line.</param>
internal sealed record Line(string Name, ChartColor Color, IReadOnlyList<ChartPoint> Points, Dash Dash = Dash.Solid,
    Symbol Symbol = Symbol.Circle) : Mark(Name, Color);

/// <summary>Points without a line.</summary>
/// <param name="Name">Their name.</param>
/// <param name="Color">Their colour.</param>
/// <param name="Points">The points; absent values are not drawn.</param>
/// <param name="Symbol">The sign.</param>
internal sealed record Scatter(string Name, ChartColor Color, IReadOnlyList<ChartPoint> Points, Symbol Symbol = Symbol.Circle)
    : Mark(Name, Color);

/// <summary>A stretch of the vertical axis at one X.</summary>
/// <param name="X">Where.</param>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
/// <param name="Hover">What to say beside it.</param>
internal readonly record struct ChartRange(double X, double Low, double High, string? Hover = null);

/// <summary>The area between two curves: an interval, or one layer of a stack.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Ranges">The stretches, by X.</param>
/// <param name="IsInterval">Whether it is the spread around a line: drawn faintly and left out of the legend.</param>
internal sealed record Band(string Name, ChartColor Color, IReadOnlyList<ChartRange> Ranges, bool IsInterval = false) : Mark(Name, Color);

/// <summary>Upright bars at places of an axis with steps.</summary>
/// <param name="Name">Their name.</param>
/// <param name="Color">Their colour.</param>
/// <param name="Ranges">The bars.</param>
/// <param name="Width">Their width, 1 being the distance of two steps.</param>
internal sealed record Bars(string Name, ChartColor Color, IReadOnlyList<ChartRange> Ranges, double Width = 0.7) : Mark(Name, Color);

/// <summary>A grid of cells coloured by value: <see cref="ChartColor.Blue"/> at 0, pale at one half, <see cref="ChartColor.Vermilion"/> at
/// 1.</summary>
/// <param name="Name">What the value is.</param>
/// <param name="XEdges">Borders of the columns, one more than there are.</param>
/// <param name="YEdges">Borders of the rows, one more than there are, the lowest first.</param>
/// <param name="Cells">Row by row, the lowest first; each 0 to 1, null where it is not known.</param>
/// <param name="Low">What 0 means.</param>
/// <param name="High">What 1 means.</param>
internal sealed record HeatMap(string Name, IReadOnlyList<double> XEdges, IReadOnlyList<double> YEdges,
    IReadOnlyList<IReadOnlyList<double?>> Cells, string Low, string High)
    : Mark(Name, ChartColor.Text);
