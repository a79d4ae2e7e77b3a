using MemoryWall.Core.Primitives;

namespace MemoryWall.Plotly;

/// <summary>Texts for plotly.js.</summary>
internal static class PlotlyText
{
    /// <summary>Escapes a text so that plotly.js shows it literally. Unescaped, it interprets tags, links and formulas between dollar
    /// signs.</summary>
    public static string Escape(string text) => string.Concat(text.Select(c => c switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '$' => "&#36;",
        // In hover texts, %{ starts a template.
        '%' => "&#37;",
        '"' => "&#34;",
        _ => SafeText.IsUnsafe(c) ? " " : c.ToString(),
    }));
}
