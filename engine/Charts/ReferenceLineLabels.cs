namespace MemoryWall.Charts;

/// <summary>
/// Where the labels of a panel's upright reference lines stand: each in a row of its own above the panel, so that none covers another or a
/// line of data. All stand on one side of their lines where there is room, ordered so that no line runs through another's label.
/// </summary>
internal sealed class ReferenceLineLabels
{
    private const double LabelSpace = 0.38;

    // As a part of a panel on a wide page.
    private const double CharacterWidth = 0.0085;
    private readonly AxisRange _x;
    private readonly bool? _areAllLeft;

    private ReferenceLineLabels(Panel panel, AxisRange x)
    {
        _x = x;
        List<ReferenceLine> labelled = [
            .. panel.ReferenceLines.Where(
                rule => rule.Direction == ReferenceLineDirection.Vertical && rule.Label.Length > 0 && x.Contains(rule.Value))
                .OrderBy(rule => rule.Value)];
        _areAllLeft = labelled.TrueForAll(rule => x.ToFraction(rule.Value) <= 1 - LabelSpace) ? false
            : labelled.TrueForAll(rule => x.ToFraction(rule.Value) >= LabelSpace) ? true : null;
        // Those to the left of their lines are ordered the other way about, and come first where the others' words end before their lines.
        List<ReferenceLine> left = [.. labelled.Where(IsLeftOfLine).Reverse()], right = [.. labelled.Where(rule => !IsLeftOfLine(rule))];
        var isClear = left.Count > 0
            && right.TrueForAll(
                rule => x.ToFraction(rule.Value) + rule.Label.Length * CharacterWidth < left.Min(other => x.ToFraction(other.Value)));
        Rows = isClear ? [.. left, .. right] : [.. right, .. left];
    }

    /// <summary>The lines, that of the uppermost label first.</summary>
    public IReadOnlyList<ReferenceLine> Rows { get; }

    /// <summary>The labels of a panel.</summary>
    public static ReferenceLineLabels ForPanel(Panel panel, AxisRange x) => new(panel, x);

    /// <summary>Rows from the panel's border up to a line's label; 0 for a line without one.</summary>
    public int RowsBelow(ReferenceLine rule) => Rows.ToList().IndexOf(rule) is >= 0 and var row ? Rows.Count - row : 0;

    /// <summary>Whether the label stands to the left of its line.</summary>
    public bool IsLeftOfLine(ReferenceLine rule) => _areAllLeft ?? _x.ToFraction(rule.Value) > 0.5;
}
