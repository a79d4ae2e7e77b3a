namespace MemoryWall.Charts;

/// <summary>A chart as plain text: title, table, reference lines and notes.</summary>
internal static class ChartText
{
    /// <summary>The chart as lines of text; one line where there is nothing to draw.</summary>
    public static string Format(Chart chart)
    {
        ArgumentNullException.ThrowIfNull(chart);
        if (!chart.HasMarks)
            return $"{TextTable.ToSingleLine(chart.Title)}{(chart.Badge is { } mark ? $" ({mark})" : "")}\n";
        var rules = chart.Panels.SelectMany(panel => panel.ReferenceLines).Select(rule => rule.Label).Distinct()
            .Where(label => label.Length > 0);
        string[] lines =
        [
            chart.Title,
            .. chart.Subtitle is { } subtitle ? [subtitle] : Array.Empty<string>(),
            .. chart.Badge is { } badge ? [badge] : Array.Empty<string>(),
            "",
            chart.Table.ToString().TrimEnd('\n'),
            .. rules.Select(rule => $"— {rule}"),
            .. chart.Notes.Select(note => $"• {note}"),
        ];
        return string.Join('\n', lines.Select(line => line == lines[0] ? TextTable.ToSingleLine(line) : line)) + "\n";
    }
}

/// <summary>A small bar chart in one line of text.</summary>
internal static class Sparkline
{
    private const string Levels = "▁▂▃▄▅▆▇█";

    /// <summary>The values in at most <paramref name="columns"/> bars. Each bar is the maximum of its part; a part without values is a
    /// space.</summary>
    public static string Format(IReadOnlyList<double?> values, int columns = 40)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        var width = Math.Min(columns, values.Count);
        var stretches = Enumerable.Range(0, width)
            .Select(i => values.Skip(i * values.Count / width).Take(Math.Max(1, (i + 1) * values.Count / width - i * values.Count / width))
                .Max()).ToList();
        if (stretches.All(value => value is null))
            return new string(' ', width);
        var (low, high) = (Math.Min(0, stretches.Min()!.Value), stretches.Max()!.Value);
        return string.Concat(
            stretches.Select(
                value => value is { } known
                    ? Levels[high > low ? (int)Math.Round((known - low) / (high - low) * (Levels.Length - 1)) : 0]
                    : ' '));
    }
}
