using System.Xml.Linq;
using MemoryWall.Charts;
using MemoryWall.Export.Xml;
using static MemoryWall.Export.Xml.Drawing;

namespace MemoryWall.Export.Slides;

/// <summary>A rectangle on a slide, in points.</summary>
internal readonly record struct SlideBox(double X, double Y, double Width, double Height)
{
    private const int EmuPerPoint = 12_700;

    /// <summary>The rectangle as an element.</summary>
    /// <param name="name">The element.</param>
    public XElement ToElement(XName name) => new(name,
        new XElement(A + "off", new XAttribute("x", Emu(X)), new XAttribute("y", Emu(Y))),
        new XElement(A + "ext", new XAttribute("cx", Emu(Width)), new XAttribute("cy", Emu(Height))));

    /// <summary>Points in the unit of the format.</summary>
    public static long Emu(double points) => (long)(points * EmuPerPoint);
}

/// <summary>The shapes of slides.</summary>
internal static class SlideShapes
{
    private const string ChartUri = "http://schemas.openxmlformats.org/drawingml/2006/chart";
    private const string TableUri = "http://schemas.openxmlformats.org/drawingml/2006/table";
    private const double CellPoints = 10.5;
    private const double RowHeight = 19;
    private const string HeaderFill = "E2E2E2";

    /// <summary>The title of a slide, which outlines and screen readers find.</summary>
    public static XElement Title(int id, string text, double points) => new(P + "sp",
        new XElement(P + "nvSpPr", Name(id, "Title"),
            new XElement(P + "cNvSpPr", new XElement(A + "spLocks", new XAttribute("noGrp", 1))),
            new XElement(P + "nvPr", new XElement(P + "ph", new XAttribute("type", "title")))),
        new XElement(P + "spPr"),
        Body(P + "txBody", [new XElement(A + "p", Run(text, points, isBold: true))]));

    /// <summary>A box of text.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="box">Its place.</param>
    /// <param name="paragraphs">Its paragraphs.</param>
    public static XElement Text(int id, SlideBox box, IEnumerable<XElement> paragraphs) => new(P + "sp",
        new XElement(P + "nvSpPr", Name(id, "Text"), new XElement(P + "cNvSpPr", new XAttribute("txBox", 1)), new XElement(P + "nvPr")),
        new XElement(P + "spPr", box.ToElement(A + "xfrm"), Geometry(), new XElement(A + "noFill")),
        Body(P + "txBody", paragraphs));

    /// <summary>A paragraph of one run.</summary>
    public static XElement Paragraph(string text, double points, string color = Dark) => new(A + "p", Run(text, points, color));

    /// <summary>An entry of a list.</summary>
    public static XElement Bullet(string text, double points) => new(A + "p",
        new XElement(A + "pPr", new XAttribute("marL", 228_600), new XAttribute("indent", -228_600),
            new XElement(A + "spcBef", new XElement(A + "spcPts", new XAttribute("val", 700))),
            new XElement(A + "buFont", new XAttribute("typeface", "Arial")), new XElement(A + "buChar", new XAttribute("char", "•"))),
        Run(text, points));

    /// <summary>A chart of this slide.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="box">Its place.</param>
    /// <param name="relation">The relationship to its part.</param>
    /// <param name="description">What it shows, for screen readers.</param>
    public static XElement Chart(int id, SlideBox box, string relation, string description) =>
        Frame(id, "Chart", description, box, ChartUri,
            new XElement(C + "chart", new XAttribute(XNamespace.Xmlns + "c", C), new XAttribute(R + "id", relation)));

    /// <summary>A table.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="box">Its place; its height follows from the rows.</param>
    /// <param name="table">The table.</param>
    public static XElement Table(int id, SlideBox box, TextTable table)
    {
        // A column is as wide as its longest text needs, in proportion.
        var lengths = table.Columns.Select((column, i) => table.Rows.Select(row => row[i].Length).Append(column.Header.Length).Max() + 3.0)
            .ToList();
        var unit = box.Width / lengths.Sum();
        var grid = new XElement(A + "tbl", new XElement(A + "tblPr", new XAttribute("firstRow", 1), new XAttribute("bandRow", 1)),
            new XElement(A + "tblGrid", lengths.Select(length => new XElement(A + "gridCol",
                new XAttribute("w", SlideBox.Emu(length * unit))))),
            TableRow(table.Columns, [.. table.Columns.Select(column => column.Header)], isHeader: true),
            table.Rows.Select(row => TableRow(table.Columns, row, isHeader: false)));
        return Frame(id, "Table", "", box, TableUri, grid);
    }

    private static XElement TableRow(IReadOnlyList<TextColumn> columns, IReadOnlyList<string> cells, bool isHeader) => new(A + "tr",
        new XAttribute("h", SlideBox.Emu(RowHeight)),
        cells.Select((cell, i) => new XElement(A + "tc",
            Body(A + "txBody", [new XElement(A + "p",
                columns[i].IsNumber ? new XElement(A + "pPr", new XAttribute("algn", "r")) : null,
                Run(cell, CellPoints, isBold: isHeader))]),
            new XElement(A + "tcPr", new XAttribute("marL", 38_100), new XAttribute("marR", 38_100), new XAttribute("marT", 25_400),
                new XAttribute("marB", 25_400),
                new XElement(A + "lnB", new XAttribute("w", 6350), Fill(isHeader ? Grey : HeaderFill)),
                isHeader ? Fill(HeaderFill) : new XElement(A + "noFill")))));

    private static XElement Frame(int id, string name, string description, SlideBox box, string uri, XElement content) => new(
        P + "graphicFrame",
        new XElement(P + "nvGraphicFramePr", Name(id, name, description),
            new XElement(P + "cNvGraphicFramePr", new XElement(A + "graphicFrameLocks", new XAttribute("noGrp", 1))),
            new XElement(P + "nvPr")),
        box.ToElement(P + "xfrm"),
        new XElement(A + "graphic", new XElement(A + "graphicData", new XAttribute("uri", uri), content)));

    private static XElement Name(int id, string name, string description = "") => new(P + "cNvPr", new XAttribute("id", id),
        new XAttribute("name", FormattableString.Invariant($"{name} {id}")),
        description.Length == 0 ? null : new XAttribute("descr", XmlText.Clean(description)));

    private static XElement Geometry() => new(A + "prstGeom", new XAttribute("prst", "rect"), new XElement(A + "avLst"));

    private static XElement Body(XName name, IEnumerable<XElement> paragraphs) => new(name,
        new XElement(A + "bodyPr", new XAttribute("wrap", "square"), new XElement(A + "normAutofit")), new XElement(A + "lstStyle"),
        paragraphs);
}
