using System.Xml.Linq;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using MemoryWall.Export.Tables;
using MemoryWall.Export.Xml;

namespace MemoryWall.Export.Spreadsheets;

/// <summary>Writes tables as a workbook: one sheet a table, numbers as numbers, units in the headers.</summary>
internal static class WorkbookWriter
{
    private static readonly XNamespace s_main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private static readonly XNamespace s_relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    // A sheet has no more rows.
    private const int MaxRows = 1_048_575;
    private const int MaxTextLength = 32_767;
    private const int MinWidth = 8;
    private const int MaxWidth = 60;
    private const int SampledRows = 200;

    /// <summary>Writes a workbook.</summary>
    /// <param name="target">A stream that can be read and sought.</param>
    /// <param name="tables">The sheets in their order, one or more, with different names.</param>
    public static void Write(Stream target, IReadOnlyList<DataTable> tables)
    {
        ArgumentNullException.ThrowIfNull(tables);
        using var document = SpreadsheetDocument.Create(target, SpreadsheetDocumentType.Workbook);
        var workbook = document.AddWorkbookPart();
        Feed(workbook.AddNewPart<WorkbookStylesPart>("styles"), WorkbookStyles.Create());
        var sheets = new XElement(s_main + "sheets");
        for (var i = 0; i < tables.Count; i++)
        {
            var id = FormattableString.Invariant($"sheet{i + 1}");
            Feed(workbook.AddNewPart<WorksheetPart>(id), CreateSheet(tables[i]));
            sheets.Add(new XElement(s_main + "sheet", new XAttribute("name", tables[i].Name), new XAttribute("sheetId", i + 1),
                new XAttribute(s_relations + "id", id)));
        }
        Feed(workbook, new XElement(s_main + "workbook", new XAttribute(XNamespace.Xmlns + "r", s_relations), sheets));
    }

    private static XElement CreateSheet(DataTable table)
    {
        var width = table.Columns.Count;
        var rows = table.Rows.Take(MaxRows).ToList();
        return new XElement(s_main + "worksheet",
            new XElement(s_main + "sheetViews", new XElement(s_main + "sheetView", new XAttribute("workbookViewId", 0),
                new XElement(s_main + "pane", new XAttribute("ySplit", 1), new XAttribute("topLeftCell", "A2"),
                    new XAttribute("activePane", "bottomLeft"), new XAttribute("state", "frozen")))),
            new XElement(s_main + "cols", table.Columns.Select((column, i) => new XElement(s_main + "col",
                new XAttribute("min", i + 1), new XAttribute("max", i + 1), new XAttribute("width", EstimateWidth(table, i)),
                new XAttribute("customWidth", 1)))),
            new XElement(s_main + "sheetData",
                CreateRow(1, table.Columns.Select((column, i) => CreateText(CellName(i, 1), column.Header, WorkbookStyles.Header))),
                rows.Select((row, r) => CreateRow(r + 2, row.Select((value, i) => CreateCell(CellName(i, r + 2), value))))),
            rows.Count == 0
                ? null
                : new XElement(s_main + "autoFilter", new XAttribute("ref", $"A1:{CellName(width - 1, rows.Count + 1)}")));
    }

    private static XElement CreateRow(int number, IEnumerable<XElement?> cells) =>
        new(s_main + "row", new XAttribute("r", number), cells);

    private static XElement? CreateCell(string name, object? value) => value switch
    {
        null or IReadOnlyList<string> { Count: 0 } => null,
        bool flag => new XElement(s_main + "c", new XAttribute("r", name), new XAttribute("t", "b"),
            new XElement(s_main + "v", flag ? 1 : 0)),
        // An infinite number has no form in a cell.
        double number => double.IsFinite(number) ? CreateNumber(name, number, WorkbookStyles.Plain) : CreateText(name, "not finite", 0),
        long or int or decimal => CreateNumber(name, value, WorkbookStyles.Plain),
        DateTimeOffset time => CreateNumber(name, time.UtcDateTime.ToOADate(), WorkbookStyles.Date),
        IReadOnlyList<string> words => CreateText(name, string.Join(", ", words), WorkbookStyles.Plain),
        string text => CreateText(name, text, WorkbookStyles.Plain),
        _ => throw new NotSupportedException($"A {value.GetType().Name} has no form in a cell."),
    };

    private static XElement CreateNumber(string name, object number, int style) => new(s_main + "c", new XAttribute("r", name),
        new XAttribute("s", style), new XElement(s_main + "v", number));

    // Text is never a formula. The quote keeps it text also when somebody edits the cell.
    private static XElement CreateText(string name, string text, int style) => new(s_main + "c", new XAttribute("r", name),
        new XAttribute("s", text.Length > 0 && "=+-@".Contains(text[0], StringComparison.Ordinal) ? WorkbookStyles.Quoted : style),
        new XAttribute("t", "inlineStr"),
        new XElement(s_main + "is", new XElement(s_main + "t", new XAttribute(XNamespace.Xml + "space", "preserve"),
            XmlText.Clean(text.Length > MaxTextLength ? text[..MaxTextLength] : text))));

    /// <summary>The name of a cell, for example <c>B3</c>.</summary>
    /// <param name="column">The column from 0.</param>
    /// <param name="row">The row from 1.</param>
    public static string CellName(int column, int row) => FormattableString.Invariant($"{ColumnName(column)}{row}");

    /// <summary>The name of a column from 0: <c>A</c>, <c>Z</c>, <c>AA</c>.</summary>
    public static string ColumnName(int column) =>
        (column >= 26 ? ColumnName(column / 26 - 1) : "") + (char)('A' + column % 26);

    private static int EstimateWidth(DataTable table, int column) => Math.Clamp(
        table.Rows.Take(SampledRows).Select(row => row[column] switch
        {
            string text => text.Length,
            DateTimeOffset => 17,
            _ => MinWidth,
        }).Append(table.Columns[column].Header.Length).Max() + 2, MinWidth, MaxWidth);

    private static void Feed(OpenXmlPart part, XElement root)
    {
        using var stream = XmlText.ToStream(root);
        part.FeedData(stream);
    }
}
