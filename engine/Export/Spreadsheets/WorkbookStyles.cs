using System.Xml.Linq;

namespace MemoryWall.Export.Spreadsheets;

/// <summary>The styles of cells, by their index.</summary>
internal static class WorkbookStyles
{
    /// <summary>Numbers and text as they are.</summary>
    public const int Plain = 0;

    /// <summary>The header of a column.</summary>
    public const int Header = 1;

    /// <summary>A point in time.</summary>
    public const int Date = 2;

    /// <summary>Text that would be a formula if somebody typed it.</summary>
    public const int Quoted = 3;

    // The first number of formats that are not built in.
    private const int DateFormat = 164;

    private static readonly XNamespace s_main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

    public static XElement Create() => new(s_main + "styleSheet",
        Counted("numFmts", Element("numFmt", ("numFmtId", DateFormat), ("formatCode", "yyyy-mm-dd hh:mm"))),
        Counted("fonts", Font(), Font(Element("b"))),
        Counted("fills", Fill("none"), Fill("gray125"), new XElement(s_main + "fill",
            new XElement(s_main + "patternFill", new XAttribute("patternType", "solid"), Element("fgColor", ("rgb", "FFE2E2E2"))))),
        Counted("borders", new XElement(s_main + "border",
            Element("left"), Element("right"), Element("top"), Element("bottom"), Element("diagonal"))),
        Counted("cellStyleXfs", Format(0, 0, 0)),
        Counted("cellXfs", Format(0, 0, 0, ("xfId", 0)), Format(0, 1, 2, ("xfId", 0), ("applyFont", 1), ("applyFill", 1)),
            Format(DateFormat, 0, 0, ("xfId", 0), ("applyNumberFormat", 1)), Format(0, 0, 0, ("xfId", 0), ("quotePrefix", 1))),
        Counted("cellStyles", Element("cellStyle", ("name", "Normal"), ("xfId", 0), ("builtinId", 0))));

    private static XElement Counted(string name, params XElement[] items) =>
        new(s_main + name, new XAttribute("count", items.Length), items);

    private static XElement Font(params XElement[] traits) =>
        new(s_main + "font", traits, Element("sz", ("val", 11)), Element("name", ("val", "Calibri")));

    private static XElement Fill(string pattern) => new(s_main + "fill", Element("patternFill", ("patternType", pattern)));

    private static XElement Format(int number, int font, int fill, params (string, object)[] more) =>
        Element("xf", [("numFmtId", number), ("fontId", font), ("fillId", fill), ("borderId", 0), .. more]);

    private static XElement Element(string name, params (string Name, object Value)[] attributes) =>
        new(s_main + name, attributes.Select(attribute => new XAttribute(attribute.Name, attribute.Value)));
}
