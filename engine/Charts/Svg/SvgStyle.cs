namespace MemoryWall.Charts.Svg;

/// <summary>
/// The colours of the pictures by the theme of what shows them, in CSS alone, because pictures are also shown where no script runs. A
/// document has its own background. A picture in a page has none and takes the text colour of the page, which is readable in every theme.
/// All pictures of a notebook share one page in an editor, so the rules of the two kinds are kept apart by a class.
/// </summary>
internal static class SvgStyle
{
    /// <summary>The class of a picture with its own background.</summary>
    public const string DocumentClass = "mw-doc";

    /// <summary>The class of a picture without a background.</summary>
    public const string InPageClass = "mw-in";

    private const string Fonts = ".mw-t,.mw-q,.mw-h{font-family:" + Theme.FontFamily + "}";

    // A label on coloured marks has an outline in the colour of the paper under its letters.
    private const string Halo = ".mw-h{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}";

    private static readonly Colors s_light = new(Theme.Text, "#595959", Theme.Paper, Theme.Grid);
    private static readonly Colors s_dark = new(Theme.TextOnDark, "#b0b0b0", Theme.DarkPaper, Theme.GridOnDark);

    // The later rule wins: the system's scheme, then the theme that an editor names, then print.
    private static readonly (string? Media, string Page, bool IsDark)[] s_themes =
    [
        (null, "", false),
        ("(prefers-color-scheme:dark)", "", true),
        (null, "body.vscode-light ", false),
        (null, "body.vscode-dark ", true),
        (null, "body.vscode-high-contrast ", true),
        (null, "body.vscode-high-contrast-light ", false),
        (null, "[data-jp-theme-light=true] ", false),
        (null, "[data-jp-theme-light=false] ", true),
        ("print", "", false),
    ];

    /// <summary>The style element of a picture with its own background.</summary>
    public static string Document { get; } = CreateElement((theme, colors) => $"{theme}.mw-g{{fill:{colors.Paper}}}{theme}.mw-t"
        + $"{{fill:{colors.Text}}}{theme}.mw-q{{fill:{colors.Quiet}}}{theme}.mw-h{{fill:{colors.Text};stroke:{colors.Paper}}}"
        + $"{theme}.mw-l{{stroke:{colors.Grid}}}{theme}.mw-a,{theme}.mw-i{{stroke:{colors.Text}}}", DocumentClass, "");

    /// <summary>The style element of a picture without a background.</summary>
    public static string InPage { get; } = CreateElement(
        (theme, colors) => $"{theme}.mw-h{{fill:{colors.Text};stroke:{colors.Paper}}}", InPageClass,
        ".mw-in .mw-t{fill:currentColor}.mw-in .mw-q{fill:currentColor;fill-opacity:.85}.mw-in .mw-l{stroke:currentColor;"
            + "stroke-opacity:.18}.mw-in .mw-a,.mw-in .mw-i{stroke:currentColor}");

    private static string CreateElement(Func<string, Colors, string> rules, string picture, string always)
    {
        var themes = s_themes.Select(theme =>
        {
            var text = rules($"{theme.Page}.{picture} ", theme.IsDark ? s_dark : s_light);
            return theme.Media is { } media ? $"@media {media}{{{text}}}" : text;
        });
        return $"<style>{Fonts}{Halo}{always}{string.Concat(themes)}</style>";
    }

    private sealed record Colors(string Text, string Quiet, string Paper, string Grid);
}
