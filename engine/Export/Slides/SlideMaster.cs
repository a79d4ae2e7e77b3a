using System.Xml.Linq;
using static MemoryWall.Export.Xml.Drawing;

namespace MemoryWall.Export.Slides;

/// <summary>The parts that all slides share: theme, master, layout, and the master of notes.</summary>
internal static class SlideMaster
{
    /// <summary>A slide of 16:9, in points.</summary>
    public const double Width = 960;

    /// <summary>Its height.</summary>
    public const double Height = 540;

    /// <summary>The place of titles.</summary>
    public static SlideBox TitleBox { get; } = new(40, 22, Width - 80, 74);

    private static readonly string[] s_accents = ["0072B2", "D55E00", "009E73", "CC79A7", "E69F00", "56B4E9"];

    /// <summary>The root of a slide's kind of part, with the namespaces that its content uses.</summary>
    public static XElement Root(string name, params object?[] content) => new(P + name, new XAttribute(XNamespace.Xmlns + "a", A),
        new XAttribute(XNamespace.Xmlns + "r", R), new XAttribute(XNamespace.Xmlns + "p", P), content);

    /// <summary>The tree of a slide's shapes.</summary>
    public static XElement Tree(IEnumerable<XElement> shapes) => new(P + "cSld", new XElement(P + "spTree",
        new XElement(P + "nvGrpSpPr", new XElement(P + "cNvPr", new XAttribute("id", 1), new XAttribute("name", "")),
            new XElement(P + "cNvGrpSpPr"), new XElement(P + "nvPr")),
        new XElement(P + "grpSpPr"), shapes));

    /// <summary>The colours of the master apply.</summary>
    public static XElement MasterColors() => new(P + "clrMapOvr", new XElement(A + "masterClrMapping"));

    /// <summary>The master of slides.</summary>
    /// <param name="layout">The relationship to its layout.</param>
    public static XElement CreateMaster(string layout) => Root("sldMaster", TreeWithBackground(), ColorMap(),
        new XElement(P + "sldLayoutIdLst",
            new XElement(P + "sldLayoutId", new XAttribute("id", 2_147_483_649), new XAttribute(R + "id", layout))),
        new XElement(P + "txStyles", new XElement(P + "titleStyle"), new XElement(P + "bodyStyle"), new XElement(P + "otherStyle")));

    /// <summary>The layout: a title above free space.</summary>
    public static XElement CreateLayout() =>
        Root("sldLayout", new XAttribute("type", "titleOnly"), Tree([TitlePlaceholder()]), MasterColors());

    /// <summary>The master of notes.</summary>
    public static XElement CreateNotesMaster() => Root("notesMaster", TreeWithBackground(), ColorMap());

    /// <summary>The theme: the colours of all figures.</summary>
    public static XElement CreateTheme() => new(A + "theme", new XAttribute(XNamespace.Xmlns + "a", A),
        new XAttribute("name", "MemoryWall"),
        new XElement(A + "themeElements",
            new XElement(A + "clrScheme", new XAttribute("name", "MemoryWall"),
                Color("dk1", Dark), Color("lt1", "FFFFFF"), Color("dk2", Grey), Color("lt2", "F2F2F2"),
                s_accents.Select((color, i) => Color(FormattableString.Invariant($"accent{i + 1}"), color)),
                Color("hlink", "0072B2"), Color("folHlink", "CC79A7")),
            new XElement(A + "fontScheme", new XAttribute("name", "MemoryWall"), Font("majorFont"), Font("minorFont")),
            new XElement(A + "fmtScheme", new XAttribute("name", "MemoryWall"),
                Three("fillStyleLst", () => Placeholder("solidFill")),
                Three("lnStyleLst", () => new XElement(A + "ln", new XAttribute("w", 9525), Placeholder("solidFill"))),
                Three("effectStyleLst", () => new XElement(A + "effectStyle", new XElement(A + "effectLst"))),
                Three("bgFillStyleLst", () => Placeholder("solidFill")))));

    private static XElement TitlePlaceholder() => new(P + "sp",
        new XElement(P + "nvSpPr", new XElement(P + "cNvPr", new XAttribute("id", 2), new XAttribute("name", "Title")),
            new XElement(P + "cNvSpPr", new XElement(A + "spLocks", new XAttribute("noGrp", 1))),
            new XElement(P + "nvPr", new XElement(P + "ph", new XAttribute("type", "title")))),
        new XElement(P + "spPr", TitleBox.ToElement(A + "xfrm"),
            new XElement(A + "prstGeom", new XAttribute("prst", "rect"), new XElement(A + "avLst"))),
        new XElement(P + "txBody", new XElement(A + "bodyPr", new XAttribute("anchor", "ctr"), new XElement(A + "normAutofit")),
            new XElement(A + "lstStyle"), new XElement(A + "p", new XElement(A + "endParaRPr", new XAttribute("lang", "en-US")))));

    private static XElement TreeWithBackground()
    {
        var tree = Tree([TitlePlaceholder()]);
        tree.AddFirst(new XElement(P + "bg", new XElement(P + "bgRef", new XAttribute("idx", 1001), Value(A + "schemeClr", "bg1"))));
        return tree;
    }

    private static XElement ColorMap() => new(P + "clrMap", new[]
    {
        ("bg1", "lt1"), ("tx1", "dk1"), ("bg2", "lt2"), ("tx2", "dk2"), ("accent1", "accent1"), ("accent2", "accent2"),
        ("accent3", "accent3"), ("accent4", "accent4"), ("accent5", "accent5"), ("accent6", "accent6"), ("hlink", "hlink"),
        ("folHlink", "folHlink"),
    }.Select(pair => new XAttribute(pair.Item1, pair.Item2)));

    private static XElement Color(string name, string color) => new(A + name, Value(A + "srgbClr", color));

    private static XElement Font(string name) => new(A + name, new XElement(A + "latin", new XAttribute("typeface", "Calibri")),
        new XElement(A + "ea", new XAttribute("typeface", "")), new XElement(A + "cs", new XAttribute("typeface", "")));

    private static XElement Placeholder(string name) => new(A + name, Value(A + "schemeClr", "phClr"));

    private static XElement Three(string name, Func<XElement> create) => new(A + name, create(), create(), create());
}
