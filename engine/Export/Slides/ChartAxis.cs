using System.Xml.Linq;
using MemoryWall.Charts;
using MemoryWall.Export.Xml;
using static MemoryWall.Export.Xml.Drawing;

namespace MemoryWall.Export.Slides;

/// <summary>The axes of a chart.</summary>
internal static class ChartAxis
{
    public const int HorizontalId = 1;
    public const int VerticalId = 2;

    private const string Grid = "E2E2E2";

    // With a shorter range, powers of ten would leave an axis with a single label.
    private const double MinRatioOfDecades = 30;

    /// <summary>An axis of numbers.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="range">What it shows.</param>
    /// <param name="title">Its title; null for none.</param>
    public static XElement Values(int id, Axis axis, AxisRange range, string? title)
    {
        var isLog = axis.Scale == AxisScale.Logarithmic;
        var (min, max, logBase) = ChooseRange(id, isLog, range);
        var isShare = axis.Ticks is [_, ..] ticks && ticks.All(tick => tick.Label.EndsWith('%'));
        return new XElement(C + "valAx", Value(C + "axId", id),
            new XElement(C + "scaling", isLog ? Value(C + "logBase", logBase) : null, Value(C + "orientation", "minMax"),
                Value(C + "max", max), Value(C + "min", min)),
            Value(C + "delete", 0), Value(C + "axPos", id == HorizontalId ? "b" : "l"),
            new XElement(C + "majorGridlines", new XElement(C + "spPr", Stroke(Grid, 0.75))),
            CreateTitle(title, isVertical: id == VerticalId),
            new XElement(C + "numFmt", new XAttribute("formatCode", isShare ? "0%" : "#,##0.###;-#,##0.###;0"),
                new XAttribute("sourceLinked", 0)),
            Value(C + "majorTickMark", "out"), Value(C + "minorTickMark", "none"), Value(C + "tickLblPos", "low"),
            new XElement(C + "spPr", Stroke(Grey, 0.75)),
            Value(C + "crossAx", id == HorizontalId ? VerticalId : HorizontalId), Value(C + "crosses", "min"),
            Value(C + "crossBetween", axis.Scale == AxisScale.Linear && isShare ? "between" : "midCat"),
            // Without it, some programs label powers of ten whatever the base is.
            isLog ? Value(C + "majorUnit", logBase) : isShare ? Value(C + "majorUnit", 0.25) : null);
    }

    /// <summary>An axis of categories.</summary>
    public static XElement Categories(string? title) => new(C + "catAx", Value(C + "axId", HorizontalId),
        new XElement(C + "scaling", Value(C + "orientation", "minMax")), Value(C + "delete", 0), Value(C + "axPos", "b"),
        CreateTitle(title, isVertical: false), Value(C + "majorTickMark", "none"), Value(C + "minorTickMark", "none"),
        Value(C + "tickLblPos", "low"), new XElement(C + "spPr", Stroke(Grey, 0.75)), Value(C + "crossAx", VerticalId),
        Value(C + "crosses", "autoZero"));

    /// <summary>The ends of an axis as an office program draws them: a logarithmic axis has its labels at powers from its lower end
    /// on.</summary>
    public static (double Min, double Max, int LogBase) ChooseRange(int id, bool isLog, AxisRange range)
    {
        if (!isLog)
            return (range.Min, range.Max, 0);
        // Contexts are powers of two. A point outside the axis would not be drawn.
        if (id == HorizontalId)
        {
            var (low, high) = (Math.Floor(Math.Log2(range.Smallest)), Math.Ceiling(Math.Log2(range.Largest)));
            return high > low ? (Math.Pow(2, low), Math.Pow(2, high), 2) : (Math.Pow(2, low - 1), Math.Pow(2, high + 1), 2);
        }
        var decade = Math.Pow(10, Math.Floor(Math.Log10(range.Min)));
        return range.Max / range.Min >= MinRatioOfDecades
            ? (decade, Math.Pow(10, Math.Ceiling(Math.Log10(range.Max))), 10)
            : (new[] { 1, 2, 5 }.Select(step => step * decade).Last(step => step <= range.Min), range.Max, 2);
    }

    private static XElement? CreateTitle(string? title, bool isVertical) => title is null ? null : new XElement(C + "title",
        new XElement(C + "tx", new XElement(C + "rich",
            new XElement(A + "bodyPr",
                isVertical ? [new XAttribute("rot", -5_400_000), new XAttribute("vert", "horz")] : Array.Empty<object>()),
            new XElement(A + "lstStyle"),
            new XElement(A + "p", new XElement(A + "pPr", RunProperties("defRPr", 11, Grey)), Run(XmlText.Clean(title), 11, Grey)))),
        Value(C + "overlay", 0));
}
