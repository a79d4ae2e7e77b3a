using MemoryWall.Charts;
using MemoryWall.Charts.Svg;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Live;

/// <summary>
/// The area of one card. Text has the colour of the text around the SVG, so that it is readable on any page without a script; colours are
/// only in shapes.
/// </summary>
/// <param name="width">Width of the area.</param>
/// <param name="height">Its height.</param>
internal sealed class LiveCanvas(double width, double height)
{
    /// <summary>Opacity of less important text.</summary>
    public const double Muted = 0.78;

    /// <summary>Distance of the content from the edge.</summary>
    public const double Margin = 16;

    // The width of a character relative to the size of the font; digits and most letters are narrower.
    private const double CharacterWidth = 0.56;

    // For a place that a text must not leave.
    private const double WideCharacterWidth = 0.62;

    private readonly SvgBuilder _svg = new();

    /// <summary>Width of the area.</summary>
    public double Width => width;

    /// <summary>Height of the area.</summary>
    public double Height => height;

    /// <summary>The colour of a good outcome.</summary>
    public static string Good => Theme.Hex(ChartColor.Green);

    /// <summary>The colour of a failure.</summary>
    public static string Bad => Theme.Hex(ChartColor.Vermilion);

    /// <summary>The background of the card, with its title.</summary>
    public LiveCanvas Frame(string title)
    {
        _svg.Raw($"<rect x=\"0\" y=\"0\" width=\"{N(width)}\" height=\"{N(height)}\" rx=\"10\" fill=\"currentColor\" "
            + "fill-opacity=\"0.05\"/>");
        return title.Length > 0 ? Text(Margin, 30, title, 20, opacity: Muted) : this;
    }

    /// <summary>A text that is shortened to the space it has.</summary>
    /// <param name="x">Its start, middle or end, by the anchor.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="text">The text.</param>
    /// <param name="size">Size of the font.</param>
    /// <param name="anchor">Start, middle or end.</param>
    /// <param name="opacity">Its opacity; <see cref="Muted"/> for less important text.</param>
    public LiveCanvas Text(double x, double y, string text, double size, string anchor = "start", double opacity = 1)
    {
        var room = anchor switch { "end" => x - Margin / 2, "middle" => 2 * Math.Min(x, width - x), _ => width - x - Margin / 2 };
        _svg.Label(x, y, Fit(text, room, size), $"font-size=\"{N(size)}\" text-anchor=\"{anchor}\"{Opacity(opacity)}");
        return this;
    }

    /// <summary>A large number with its unit after it; a page with a script may count it up.</summary>
    /// <param name="y">Its base line.</param>
    /// <param name="number">The number.</param>
    /// <param name="unit">Its unit.</param>
    /// <param name="size">Size of the number's font.</param>
    /// <param name="countsUpFrom">The seconds that the number shows, where it is a running clock; null for a number that stays.</param>
    public LiveCanvas Number(double y, string number, string unit, double size, double? countsUpFrom = null)
    {
        // A missing number needs no room.
        if (number == NumberFormat.Absent)
            return Text(Margin, y, number, size * 0.5, opacity: Muted);
        var clock = countsUpFrom is { } seconds ? $" data-clock=\"{N(seconds)}\"" : "";
        _svg.Raw($"<text x=\"{N(Margin)}\" y=\"{N(y)}\" font-size=\"{N(size)}\" font-weight=\"600\"><tspan{clock}>"
            + $"{SvgBuilder.Escape(number)}</tspan><tspan font-size=\"{N(size * 0.4)}\" font-weight=\"400\" dx=\"{N(size * 0.12)}\">"
            + $"{SvgBuilder.Escape(unit)}</tspan></text>");
        return this;
    }

    /// <summary>A filled rectangle.</summary>
    public LiveCanvas Box(double x, double y, double boxWidth, double boxHeight, string color, string? tooltip = null)
    {
        if (boxWidth > 0)
            _svg.Rectangle(x, y, boxWidth, boxHeight, $"fill=\"{color}\"", tooltip);
        return this;
    }

    /// <summary>The empty track of a bar.</summary>
    public LiveCanvas Track(double x, double y, double trackWidth, double trackHeight)
    {
        _svg.Rectangle(x, y, trackWidth, trackHeight, "fill=\"currentColor\" fill-opacity=\"0.12\" rx=\"3\"");
        return this;
    }

    /// <summary>A straight line.</summary>
    public LiveCanvas Line(double x1, double y1, double x2, double y2, string color, bool isDashed = false)
    {
        _svg.Line(x1, y1, x2, y2, $"stroke=\"{color}\" stroke-width=\"2\"{(isDashed ? " stroke-dasharray=\"8 5\"" : "")}");
        return this;
    }

    /// <summary>A path; the text of its data is made of numbers.</summary>
    public LiveCanvas Path(string data, string style)
    {
        _svg.Path(data, style);
        return this;
    }

    /// <summary>A symbol.</summary>
    public LiveCanvas Marker(Symbol symbol, double x, double y, double size, string color)
    {
        _svg.Marker(symbol, x, y, size, $"fill=\"{color}\"");
        return this;
    }

    /// <summary>The card as an SVG element at a place in another one.</summary>
    public string ToElement(string id, double x, double y) => string.Concat(
        $"<svg data-card=\"{SvgBuilder.Escape(id)}\" x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" ",
        $"viewBox=\"0 0 {N(width)} {N(height)}\">\n", _svg.ToString(), "</svg>\n");

    /// <summary>Shortens a text to a width.</summary>
    public static string Fit(string text, double room, double size)
    {
        var characters = CharactersIn(room, size);
        return text.Length <= characters ? text : string.Concat(text.AsSpan(0, Math.Max(1, characters - 1)), "…");
    }

    /// <summary>About how wide a text is.</summary>
    public static double WidthOf(string text, double size) => text.Length * size * WideCharacterWidth;

    /// <summary>How many characters fit into a width.</summary>
    public static int CharactersIn(double room, double size) => (int)Math.Max(1, room / (size * CharacterWidth));

    private static string N(double value) => SvgBuilder.Number(value);

    private static string Opacity(double opacity) => opacity < 1 ? $" opacity=\"{N(opacity)}\"" : "";
}
