using System.Xml.Linq;

namespace MemoryWall.Export.Xml;

/// <summary>Elements that slides and charts share.</summary>
internal static class Drawing
{
    public static readonly XNamespace A = "http://schemas.openxmlformats.org/drawingml/2006/main";
    public static readonly XNamespace C = "http://schemas.openxmlformats.org/drawingml/2006/chart";
    public static readonly XNamespace P = "http://schemas.openxmlformats.org/presentationml/2006/main";
    public static readonly XNamespace R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    /// <summary>The colour of text.</summary>
    public const string Dark = "1B1B1B";

    /// <summary>The colour of less important text.</summary>
    public const string Grey = "595959";

    /// <summary>An element with one attribute <c>val</c>.</summary>
    public static XElement Value(XName name, object value) => new(name, new XAttribute("val", value));

    /// <summary>A fill of one colour, as <c>RRGGBB</c>.</summary>
    public static XElement Fill(string color) => new(A + "solidFill", Value(A + "srgbClr", color));

    /// <summary>A line, or none.</summary>
    /// <param name="color">Its colour; null for no line.</param>
    /// <param name="points">Its width.</param>
    /// <param name="dash">Its dash pattern as DrawingML names it; null for a solid line.</param>
    public static XElement Stroke(string? color, double points = 1, string? dash = null) => color is null
        ? new XElement(A + "ln", new XElement(A + "noFill"))
        : new XElement(A + "ln", new XAttribute("w", (int)(points * 12_700)), Fill(color),
            dash is null ? null : Value(A + "prstDash", dash));

    /// <summary>A run of text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="points">Its size.</param>
    /// <param name="color">Its colour.</param>
    /// <param name="isBold">Whether it is bold.</param>
    public static XElement Run(string text, double points, string color = Dark, bool isBold = false) => new(A + "r",
        RunProperties("rPr", points, color, isBold), new XElement(A + "t", XmlText.Clean(text)));

    /// <summary>The look of text.</summary>
    /// <param name="name">The element.</param>
    public static XElement RunProperties(string name, double points, string color = Dark, bool isBold = false) => new(A + name,
        new XAttribute("lang", "en-US"), new XAttribute("sz", (int)(points * 100)), new XAttribute("b", isBold ? 1 : 0), Fill(color));
}
