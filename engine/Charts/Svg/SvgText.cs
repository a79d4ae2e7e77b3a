using System.Globalization;
using System.Text;

namespace MemoryWall.Charts.Svg;

/// <summary>Builds an SVG; every text that comes from outside goes through <see cref="Escape"/>.</summary>
internal sealed class SvgText
{
    private readonly StringBuilder _text = new();

    public SvgText Raw(string markup)
    {
        _text.Append(markup).Append('\n');
        return this;
    }

    public SvgText Line(double x1, double y1, double x2, double y2, string style) =>
        Raw($"<line x1=\"{N(x1)}\" y1=\"{N(y1)}\" x2=\"{N(x2)}\" y2=\"{N(y2)}\" {style}/>");

    public SvgText Rectangle(double x, double y, double width, double height, string style, string? title = null) =>
        Raw($"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(Math.Max(0, width))}\" height=\"{N(Math.Max(0, height))}\" {style}{Close("rect", title)}");

    public SvgText Path(string d, string style) => Raw($"<path d=\"{d}\" {style}/>");

    public SvgText Label(double x, double y, string text, string style) => Raw($"<text x=\"{N(x)}\" y=\"{N(y)}\" {style}>{Escape(text)}</text>");

    public SvgText Sign(Symbol symbol, double x, double y, double size, string color, string? title = null) => symbol switch
    {
        Symbol.None => this,
        Symbol.Circle => Raw($"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(size)}\" {color}{Close("circle", title)}"),
        Symbol.Square => Rectangle(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8, color, title),
        Symbol.Diamond => Shape($"M{P(x, y - size * 1.25)}L{P(x + size * 1.25, y)}L{P(x, y + size * 1.25)}L{P(x - size * 1.25, y)}Z", color, title),
        Symbol.Triangle => Shape($"M{P(x, y - size * 1.2)}L{P(x + size * 1.15, y + size)}L{P(x - size * 1.15, y + size)}Z", color, title),
        _ => Shape($"M{P(x - size * 1.3, y - size * 1.3)}L{P(x + size * 1.3, y + size * 1.3)}M{P(x - size * 1.3, y + size * 1.3)}L{P(x + size * 1.3, y - size * 1.3)}",
            color.Replace("fill=", "fill=\"none\" stroke-width=\"3\" stroke=", StringComparison.Ordinal), title),
    };

    public override string ToString() => _text.ToString();

    public static string P(double x, double y) => $"{N(x)} {N(y)}";

    public static string N(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Text that is nothing but text, in XML 1.0: what XML cannot hold becomes a replacement character.</summary>
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
                case < 0x20 or 0x7f or 0xfffe or 0xffff: escaped.Append(' '); break;
                default: escaped.Append(rune.ToString()); break;
            }
        }
        return escaped.ToString();
    }

    /// <summary>Breaks a text into lines of at most so many characters, at blanks where there are any.</summary>
    public static IReadOnlyList<string> Wrap(string text, int most)
    {
        var lines = new List<string>();
        var line = "";
        foreach (var word in text.Split([' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries).SelectMany(word => word.Chunk(most).Select(part => new string(part))))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > most)
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

    private SvgText Shape(string d, string color, string? title) => Raw($"<path d=\"{d}\" {color}{Close("path", title)}");

    private static string Close(string element, string? title) => title is null ? "/>" : $"><title>{Escape(title)}</title></{element}>";
}
