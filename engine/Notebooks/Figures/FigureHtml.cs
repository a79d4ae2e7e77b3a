using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using MemoryWall.Charts;
using MemoryWall.Charts.Scripts;
using MemoryWall.Charts.Svg;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Notebooks.Figures;

/// <summary>A chart as HTML: its title as text, a still picture, and a script that replaces the picture by an interactive chart if the page
/// contains plotly.js. A chart without marks is one line of text.</summary>
internal static class FigureHtml
{
    public static string Render(Chart chart)
    {
        if (!chart.HasMarks)
            return $"<p class=\"memwall-figure\" style=\"margin:0 0 1.2em;opacity:.85\">{SafeText.ToHtml(chart.Title)}</p>";
        var json = PlotlyHost.Json(chart);
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))[..16];
        return $$"""
            <figure class="memwall-figure" style="margin:0 0 1.2em">
            {{Caption(chart)}}
            <div {{FigureScripts.FigureAttribute}}="{{id}}">{{ChartSvg.RenderInPage(chart)}}</div>
            {{Notes(chart)}}<script>{{FigureScripts.WriteFigureData(id, Compress(json))}}</script>
            </figure>
            """;
    }

    private static string Compress(string json)
    {
        using var packed = new MemoryStream();
        using (var stream = new DeflateStream(packed, CompressionLevel.SmallestSize))
            stream.Write(Encoding.UTF8.GetBytes(json));
        return Convert.ToBase64String(packed.ToArray());
    }

    private static string Caption(Chart chart)
    {
        var subtitle = chart.Subtitle is { } text
            ? $"<br><span style=\"font-size:13px;opacity:.85\">{SafeText.ToHtml(text)}</span>"
            : "";
        return $"<figcaption style=\"margin:.2em 0 .4em\"><strong>{SafeText.ToHtml(chart.Title)}</strong>{subtitle}</figcaption>";
    }

    private static string Notes(Chart chart) => chart.Notes.Count == 0 ? ""
        : "<ul style=\"margin:.2em 0;font-size:12.5px;opacity:.85\">"
            + string.Concat(chart.Notes.Select(note => $"<li>{SafeText.ToHtml(note)}</li>")) + "</ul>\n";
}
