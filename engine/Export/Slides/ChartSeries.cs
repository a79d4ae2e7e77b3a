using System.Xml.Linq;
using MemoryWall.Export.Spreadsheets;
using MemoryWall.Export.Tables;
using MemoryWall.Export.Xml;
using static MemoryWall.Export.Xml.Drawing;

namespace MemoryWall.Export.Slides;

/// <summary>A series of a chart with its two columns in the embedded workbook.</summary>
internal sealed record ChartSeries
{
    /// <summary>Its place among all series, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Its name; empty for none.</summary>
    public required string Name { get; init; }

    /// <summary>Its colour, as <c>RRGGBB</c>.</summary>
    public required string Color { get; init; }

    /// <summary>Whether the legend shows it.</summary>
    public required bool IsInLegend { get; init; }

    /// <summary>Its positions: numbers, or names of categories.</summary>
    public required IReadOnlyList<object> X { get; init; }

    /// <summary>Its values; null where one is absent.</summary>
    public required IReadOnlyList<double?> Y { get; init; }

    /// <summary>A text next to a point; null for none.</summary>
    public IReadOnlyList<string?> Labels { get; init; } = [];

    /// <summary>The dash pattern of its line; null for a solid line.</summary>
    public string? Dash { get; init; }

    /// <summary>The width of its line; 0 for points without a line.</summary>
    public double LineWidth { get; init; }

    /// <summary>The symbol at its points, as DrawingML names it.</summary>
    public string Symbol { get; init; } = "none";

    /// <summary>Its place, name and look, the beginning of its element.</summary>
    public IEnumerable<XElement> Describe() =>
    [
        Value(C + "idx", Index), Value(C + "order", Index),
        // A series without a name would be called Series 1.
        new XElement(C + "tx", new XElement(C + "v", XmlText.Clean(Name.Length == 0 ? " " : Name))),
    ];

    /// <summary>The positions, as a reference to the sheet with the numbers themselves.</summary>
    public XElement ReferToX(string element, string sheet) => Refer(element, sheet, 2 * Index, X);

    /// <summary>The values, as a reference to the sheet with the numbers themselves.</summary>
    public XElement ReferToY(string element, string sheet) => Refer(element, sheet, 2 * Index + 1, [.. Y.Select(value => (object?)value)]);

    /// <summary>The sheet that series refer to.</summary>
    public static DataTable ToTable(string name, IReadOnlyList<ChartSeries> series)
    {
        var rows = series.Select(one => one.X.Count).DefaultIfEmpty(0).Max();
        return new DataTable(name,
            [.. series.SelectMany(
                one => new[] { new DataColumn("x", "", ""), new DataColumn(one.Name.Length == 0 ? "y" : one.Name, "", "") })],
            [.. Enumerable.Range(0, rows).Select(row => (IReadOnlyList<object?>)[.. series.SelectMany(
                one => row < one.X.Count ? new object?[] { one.X[row], one.Y[row] } : [null, null])])]);
    }

    private static XElement Refer(string element, string sheet, int column, IReadOnlyList<object?> values)
    {
        var isText = values is [string, ..];
        var name = WorkbookWriter.ColumnName(column);
        var points = values.Select((value, i) => value is null ? null : new XElement(C + "pt", new XAttribute("idx", i),
            new XElement(C + "v", value is string text ? XmlText.Clean(text) : value)));
        return new XElement(C + element, new XElement(C + (isText ? "strRef" : "numRef"),
            new XElement(C + "f", FormattableString.Invariant($"{sheet}!${name}$2:${name}${values.Count + 1}")),
            new XElement(C + (isText ? "strCache" : "numCache"), isText ? null : new XElement(C + "formatCode", "General"),
                Value(C + "ptCount", values.Count), points)));
    }
}
