namespace MemoryWall.Charts;

/// <summary>
/// The positions of the labels of a panel's vertical reference lines. Each label has its own row above the panel, so that it covers neither
/// another label nor data. All labels are on the same side of their lines if possible, ordered so that no line crosses another label.
/// </summary>
internal sealed class ReferenceLineLabels
{
    private const double LabelSpace = 0.38;

    // As a share of the width of a panel on a wide page.
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
        // Labels to the left of their lines are in reverse order. They come first if the other labels end before these lines.
        List<ReferenceLine> left = [.. labelled.Where(IsLeftOfLine).Reverse()], right = [.. labelled.Where(rule => !IsLeftOfLine(rule))];
        var isClear = left.Count > 0
            && right.TrueForAll(
                rule => x.ToFraction(rule.Value) + rule.Label.Length * CharacterWidth < left.Min(other => x.ToFraction(other.Value)));
        Rows = isClear ? [.. left, .. right] : [.. right, .. left];
    }

    /// <summary>The lines in the order of their labels, the top label first.</summary>
    public IReadOnlyList<ReferenceLine> Rows { get; }

    /// <summary>The labels of a panel.</summary>
    public static ReferenceLineLabels ForPanel(Panel panel, AxisRange x) => new(panel, x);

    /// <summary>The number of rows from the panel up to and including a line's label; 0 for a line without a label.</summary>
    public int RowsBelow(ReferenceLine rule) => Rows.ToList().IndexOf(rule) is >= 0 and var row ? Rows.Count - row : 0;

    /// <summary>Whether the label is to the left of its line.</summary>
    public bool IsLeftOfLine(ReferenceLine rule) => _areAllLeft ?? _x.ToFraction(rule.Value) > 0.5;
}
