namespace MemoryWall.Charts;

/// <summary>A chart as data: what is drawn, not how. Plotly, SVG and plain text are made from the same one, so that they cannot say
/// different things.</summary>
public sealed record Chart
{
    /// <summary>What was found, as a sentence with its numbers.</summary>
    public required string Title { get; init; }

    /// <summary>What is drawn, and of what.</summary>
    public string? Subtitle { get; init; }

    /// <summary>The axis that all panels share.</summary>
    public required Axis X { get; init; }

    /// <summary>One or more, from the top down.</summary>
    public required IReadOnlyList<Panel> Panels { get; init; }

    /// <summary>What was left out or assumed, and what failed; one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether there is anything to draw.</summary>
    public bool HasMarks => Panels.Any(panel => AxisValues.GetY(panel with { ReferenceLines = [] }).Any());

    /// <summary>Whether each panel names its own lines: of many panels one list of all would be read by nobody.</summary>
    public bool HasLegendPerPanel => Panels.Count > 2;

    /// <summary>The numbers behind the drawing, for readers of plain text.</summary>
    public required TextTable Table { get; init; }
}

/// <summary>One plot area of a chart.</summary>
public sealed record Panel
{
    /// <summary>Its vertical axis.</summary>
    public required Axis Y { get; init; }

    /// <summary>What is drawn, the first at the back.</summary>
    public required IReadOnlyList<Mark> Marks { get; init; }

    /// <summary>Reference lines.</summary>
    public IReadOnlyList<ReferenceLine> ReferenceLines { get; init; } = [];

    /// <summary>Stretches of the horizontal axis that are shaded from top to bottom.</summary>
    public IReadOnlyList<ShadedRegion> ShadedRegions { get; init; } = [];

    /// <summary>Its height as a share of what all panels have together.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>A reference line through a panel.</summary>
/// <param name="Direction">Which way it runs.</param>
/// <param name="Value">Where it crosses the other axis.</param>
/// <param name="Label">What it is.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Dash">Its dashes.</param>
public sealed record ReferenceLine(ReferenceLineDirection Direction, double Value, string Label, ChartColor Color = ChartColor.Text,
    Dash Dash = Dash.Dashed);

/// <summary>Which way a reference line runs.</summary>
public enum ReferenceLineDirection
{
    /// <summary>At one point of the horizontal axis.</summary>
    Vertical,

    /// <summary>At one point of the vertical axis.</summary>
    Horizontal,
}

/// <summary>A shaded stretch of the horizontal axis.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Label">What it is.</param>
/// <param name="Color">Its colour, drawn faintly.</param>
public sealed record ShadedRegion(double From, double To, string Label, ChartColor Color);
