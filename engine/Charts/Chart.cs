namespace MemoryWall.Charts;

/// <summary>A chart as data. Plotly, SVG and plain text are made from the same chart, so that they always show the same.</summary>
internal sealed record Chart
{
    /// <summary>The finding, as a sentence with its numbers.</summary>
    public required string Title { get; init; }

    /// <summary>What is drawn and how it was measured; null for none.</summary>
    public string? Subtitle { get; init; }

    /// <summary>The axis that all panels share.</summary>
    public required Axis X { get; init; }

    /// <summary>One or more panels, from top to bottom.</summary>
    public required IReadOnlyList<Panel> Panels { get; init; }

    /// <summary>Sentences about omissions, assumptions and failures.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>A remark that belongs to the picture itself, for example that it shows sample data; null for none.</summary>
    public string? Badge { get; init; }

    /// <summary>Whether there is anything to draw. Without it the title says why, and nothing else is shown.</summary>
    public bool HasMarks => Panels.Any(panel => AxisValues.GetY(panel with { ReferenceLines = [] }).Any());

    /// <summary>Whether each panel has its own legend. With many panels a common legend would be too long.</summary>
    public bool HasLegendPerPanel => Panels.Count > 2;

    /// <summary>The numbers of the chart, for plain text.</summary>
    public required TextTable Table { get; init; }
}

/// <summary>One plot area of a chart.</summary>
internal sealed record Panel
{
    /// <summary>Its vertical axis.</summary>
    public required Axis Y { get; init; }

    /// <summary>The marks; later ones cover earlier ones.</summary>
    public required IReadOnlyList<Mark> Marks { get; init; }

    /// <summary>Reference lines.</summary>
    public IReadOnlyList<ReferenceLine> ReferenceLines { get; init; } = [];

    /// <summary>Ranges of the horizontal axis that are shaded from top to bottom.</summary>
    public IReadOnlyList<ShadedRegion> ShadedRegions { get; init; } = [];

    /// <summary>The horizontal reference lines that the legend names: a label inside the panel would lie across its bars.</summary>
    public IReadOnlyList<ReferenceLine> LevelsInLegend => Marks.Any(mark => mark is Bars)
        ? [.. ReferenceLines.Where(line => line.Direction == ReferenceLineDirection.Horizontal && line.Label.Length > 0)]
        : [];

    /// <summary>The legend's entries: the marks, then the levels that it names.</summary>
    public IEnumerable<Mark> LegendMarks =>
        Marks.Concat(LevelsInLegend.Select(line => new Line(line.Label, line.Color, [new ChartPoint(0, null)], line.Dash, Symbol.None)));

    /// <summary>Its height relative to the other panels.</summary>
    public double Weight { get; init; } = 1;
}

/// <summary>A reference line through a panel.</summary>
/// <param name="Direction">Its direction.</param>
/// <param name="Value">Where it crosses the other axis.</param>
/// <param name="Label">Its label; empty for none.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Dash">Its dash pattern.</param>
internal sealed record ReferenceLine(ReferenceLineDirection Direction, double Value, string Label, ChartColor Color = ChartColor.Text,
    Dash Dash = Dash.Dashed);

/// <summary>The direction of a reference line.</summary>
internal enum ReferenceLineDirection
{
    /// <summary>At one point of the horizontal axis.</summary>
    Vertical,

    /// <summary>At one point of the vertical axis.</summary>
    Horizontal,
}

/// <summary>A shaded range of the horizontal axis.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Label">Its label; empty for none.</param>
/// <param name="Color">Its colour, drawn faintly.</param>
internal sealed record ShadedRegion(double From, double To, string Label, ChartColor Color);
