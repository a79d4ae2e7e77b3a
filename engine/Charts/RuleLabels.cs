namespace MemoryWall.Charts;

/// <summary>
/// Where the labels of a panel's upright reference lines stand: each in a row of its own above the panel, so that none covers another or a line of data. All stand on one
/// side of their lines where there is room, ordered so that no line runs through another's label.
/// </summary>
public sealed class RuleLabels
{
    private const double Room = 0.38;

    // As a part of a panel on a wide page.
    private const double CharacterWidth = 0.0085;
    private readonly AxisRange _x;
    private readonly bool? _allLeft;

    private RuleLabels(Panel panel, AxisRange x)
    {
        _x = x;
        List<Rule> labelled = [.. panel.Rules.Where(rule => rule.Direction == RuleDirection.Vertical && rule.Label.Length > 0 && x.Shows(rule.At)).OrderBy(rule => rule.At)];
        _allLeft = labelled.TrueForAll(rule => x.Part(rule.At) <= 1 - Room) ? false : labelled.TrueForAll(rule => x.Part(rule.At) >= Room) ? true : null;
        // Those to the left of their lines are ordered the other way about, and come first where the others' words end before their lines.
        List<Rule> left = [.. labelled.Where(IsLeft).Reverse()], right = [.. labelled.Where(rule => !IsLeft(rule))];
        var isClear = left.Count > 0 && right.TrueForAll(rule => x.Part(rule.At) + rule.Label.Length * CharacterWidth < left.Min(other => x.Part(other.At)));
        Rows = isClear ? [.. left, .. right] : [.. right, .. left];
    }

    /// <summary>The lines, that of the uppermost label first.</summary>
    public IReadOnlyList<Rule> Rows { get; }

    /// <summary>The labels of a panel.</summary>
    public static RuleLabels Of(Panel panel, AxisRange x) => new(panel, x);

    /// <summary>Rows from the panel's border up to a line's label; 0 for a line without one.</summary>
    public int RowsBelow(Rule rule) => Rows.ToList().IndexOf(rule) is >= 0 and var row ? Rows.Count - row : 0;

    /// <summary>Whether the label stands to the left of its line.</summary>
    public bool IsLeft(Rule rule) => _allLeft ?? _x.Part(rule.At) > 0.5;
}
