namespace MemoryWall.Charts;

/// <summary>
/// The colours of series. They are those of Okabe and Ito, "Color Universal Design" (2008), which colour-blind readers can distinguish. Its
/// yellow is omitted, because it is hard to see on white. Lines also differ in dashes and symbols, for print in grey.
/// </summary>
internal enum ChartColor
{
    /// <summary>The colour of text: dark on a light page, light on a dark page.</summary>
    Text,

    /// <summary>Blue.</summary>
    Blue,

    /// <summary>Vermilion.</summary>
    Vermilion,

    /// <summary>Bluish green.</summary>
    Green,

    /// <summary>Reddish purple.</summary>
    Purple,

    /// <summary>Orange.</summary>
    Orange,

    /// <summary>Sky blue.</summary>
    Sky,

    /// <summary>Grey, for less important marks.</summary>
    Grey,

    /// <summary>Black on every page, for marks on a coloured background.</summary>
    Black,
}

/// <summary>The dash pattern of a line.</summary>
internal enum Dash
{
    /// <summary>No dashes.</summary>
    Solid,

    /// <summary>Long dashes.</summary>
    Dashed,

    /// <summary>Dots.</summary>
    Dotted,
}

/// <summary>The symbol at a point.</summary>
internal enum Symbol
{
    /// <summary>No symbol.</summary>
    None,

    /// <summary>A filled circle.</summary>
    Circle,

    /// <summary>A filled square.</summary>
    Square,

    /// <summary>A filled diamond.</summary>
    Diamond,

    /// <summary>A filled triangle.</summary>
    Triangle,

    /// <summary>A cross, for failed trials.</summary>
    Cross,
}

/// <summary>Colours and fonts of all charts.</summary>
internal static class Theme
{
    /// <summary>Text colour on a light page.</summary>
    public const string Text = "#1b1b1b";

    /// <summary>Text colour on a dark page.</summary>
    public const string TextOnDark = "#e6e6e6";

    /// <summary>The background of a light page.</summary>
    public const string Paper = "#ffffff";

    /// <summary>The background of a dark page.</summary>
    public const string DarkPaper = "#1e1e1e";

    /// <summary>Grid lines on a light page.</summary>
    public const string Grid = "#e2e2e2";

    /// <summary>Grid lines on a dark page.</summary>
    public const string GridOnDark = "#444444";

    /// <summary>The fonts; the first available one is used.</summary>
    public const string FontFamily = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

    private static readonly ChartColor[] s_series = [ChartColor.Blue, ChartColor.Vermilion, ChartColor.Green, ChartColor.Purple,
        ChartColor.Orange, ChartColor.Sky];
    private static readonly Symbol[] s_symbols = [Symbol.Circle, Symbol.Square, Symbol.Diamond, Symbol.Triangle];

    /// <summary>The colour of a series by its index from 0; colours repeat after six.</summary>
    public static ChartColor SeriesColor(int index) => s_series[index % s_series.Length];

    /// <summary>The symbol of a series by its index from 0; symbols repeat after four.</summary>
    public static Symbol SeriesSymbol(int index) => s_symbols[index % s_symbols.Length];

    /// <summary>A colour as <c>#rrggbb</c>; <see cref="ChartColor.Text"/> as on a light page.</summary>
    public static string Hex(ChartColor ink) => ink switch
    {
        ChartColor.Blue => "#0072b2",
        ChartColor.Vermilion => "#d55e00",
        ChartColor.Green => "#009e73",
        ChartColor.Purple => "#cc79a7",
        ChartColor.Orange => "#e69f00",
        ChartColor.Sky => "#56b4e9",
        ChartColor.Grey => "#808080",
        ChartColor.Black => "#000000",
        _ => Text,
    };

    /// <summary>The colour of a value of a heat map, from 0 to 1.</summary>
    public static string HeatMapColor(double value)
    {
        var at = Math.Clamp(value, 0, 1);
        return at < 0.5 ? Blend((0x00, 0x72, 0xb2), (0xf4, 0xf1, 0xea), at * 2) : Blend((0xf4, 0xf1, 0xea), (0xd5, 0x5e, 0x00), at * 2 - 1);
    }

    private static string Blend((int R, int G, int B) from, (int R, int G, int B) to, double part)
    {
        int Channel(int a, int b) => (int)Math.Round(a + (b - a) * part);
        return FormattableString.Invariant($"#{Channel(from.R, to.R):x2}{Channel(from.G, to.G):x2}{Channel(from.B, to.B):x2}");
    }
}
