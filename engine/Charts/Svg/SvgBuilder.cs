using System.Globalization;
using System.Text;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Charts.Svg;

/// <summary>Builds an SVG. Every external text is escaped with <see cref="Escape"/>.</summary>
internal sealed class SvgBuilder
{
    private readonly StringBuilder _text = new();

    public SvgBuilder Raw(string markup)
    {
        _text.Append(markup).Append('\n');
        return this;
    }

    public SvgBuilder Line(double x1, double y1, double x2, double y2, string style) =>
        Raw($"<line x1=\"{Number(x1)}\" y1=\"{Number(y1)}\" x2=\"{Number(x2)}\" y2=\"{Number(y2)}\" {style}/>");

    public SvgBuilder Rectangle(double x, double y, double width, double height, string style, string? title = null) =>
        Raw($"<rect x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(Math.Max(0, width))}\" "
            + $"height=\"{Number(Math.Max(0, height))}\" {style}{CloseElement("rect", title)}");

    public SvgBuilder Path(string d, string style) => Raw($"<path d=\"{d}\" {style}/>");

    public SvgBuilder Label(double x, double y, string text, string style) =>
        Raw($"<text x=\"{Number(x)}\" y=\"{Number(y)}\" {style}>{Escape(text)}</text>");

    public SvgBuilder Marker(Symbol symbol, double x, double y, double size, string color, string? title = null) => symbol switch
    {
        Symbol.None => this,
        Symbol.Circle => Raw($"<circle cx=\"{Number(x)}\" cy=\"{Number(y)}\" r=\"{Number(size)}\" {color}{CloseElement("circle", title)}"),
        Symbol.Square => Rectangle(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8, color, title),
        Symbol.Diamond =>
            Shape($"M{Coordinates(x, y - size * 1.25)}L{Coordinates(x + size * 1.25, y)}L{Coordinates(x, y + size * 1.25)}"
                + $"L{Coordinates(x - size * 1.25, y)}Z", color, title),
        Symbol.Triangle =>
            Shape($"M{Coordinates(x, y - size * 1.2)}L{Coordinates(x + size * 1.15, y + size)}L{Coordinates(x - size * 1.15, y + size)}Z",
                color, title),
        _ => Shape(
            $"M{Coordinates(x - size * 1.3, y - size * 1.3)}L{Coordinates(x + size * 1.3, y + size * 1.3)}"
                + $"M{Coordinates(x - size * 1.3, y + size * 1.3)}L{Coordinates(x + size * 1.3, y - size * 1.3)}",
            color.Replace("fill=", "fill=\"none\" stroke-width=\"3\" stroke=", StringComparison.Ordinal), title),
    };

    public override string ToString() => _text.ToString();

    public static string Coordinates(double x, double y) => $"{Number(x)} {Number(y)}";

    public static string Number(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Escapes a text for XML 1.0. A character that XML does not allow, or that steers the text around it, becomes a
    /// space.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '<': escaped.Append("&lt;"); break;
                case '>': escaped.Append("&gt;"); break;
                case '&': escaped.Append("&amp;"); break;
                case '"': escaped.Append("&quot;"); break;
                case '\'': escaped.Append("&#39;"); break;
                case 0xfffe or 0xffff: escaped.Append(' '); break;
                default: escaped.Append(rune.IsBmp && SafeText.IsUnsafe((char)rune.Value) ? " " : rune.ToString()); break;
            }
        }
        return escaped.ToString();
    }

    /// <summary>Breaks a text into lines of at most <paramref name="maxLength"/> characters, at spaces if possible.</summary>
    public static IReadOnlyList<string> Wrap(string text, int maxLength)
    {
        var lines = new List<string>();
        var line = "";
        foreach (var word in text.Split([' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(word => word.Chunk(maxLength).Select(part => new string(part))))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > maxLength)
            {
                lines.Add(line);
                line = "";
            }
            line = line.Length == 0 ? word : $"{line} {word}";
        }
        if (line.Length > 0)
            lines.Add(line);
        return lines;
    }

    private SvgBuilder Shape(string d, string color, string? title) => Raw($"<path d=\"{d}\" {color}{CloseElement("path", title)}");

    private static string CloseElement(string element, string? title) =>
        title is null ? "/>" : $"><title>{Escape(title)}</title></{element}>";
}
