using System.Net;
using System.Security.Cryptography;
using System.Text;
using MemoryWall.Charts;
using MemoryWall.Charts.Svg;

namespace MemoryWall.Notebooks.Figures;

/// <summary>A chart as HTML: its title as text, a static picture, and a script that replaces the picture by an interactive chart if the
/// page contains plotly.js. A chart without marks gets only its text.</summary>
internal static class FigureHtml
{
    // When a notebook is opened again, the output of the load cell can appear after that of a figure.
    private const int MaxRetries = 100;

    // The screen shows the interactive chart; print shows the static picture in its light colours.
    private const string Style = "[data-memwall-figure][data-drawn=yes]>img{display:none}"
        + "@media print{[data-memwall-figure][data-drawn=yes]>img{display:inline;color-scheme:light}"
        + "[data-memwall-figure][data-drawn=yes]>div{display:none}}";

    public static string Render(Chart chart)
    {
        if (!chart.HasMarks)
            return $"<figure class=\"memwall-figure\" style=\"margin:0 0 1.2em\">{Caption(chart)}{Notes(chart)}</figure>";
        var svg = ChartSvg.Render(chart, includeText: false);
        var json = PlotlyHost.Json(chart);
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))[..16];
        return $$"""
            <figure class="memwall-figure" style="margin:0 0 1.2em">
            {{Caption(chart)}}
            <div data-memwall-figure="{{id}}"><img alt="{{WebUtility.HtmlEncode(chart.Title)}}" style="max-width:100%;height:auto"
            src="data:image/svg+xml;base64,{{Convert.ToBase64String(Encoding.UTF8.GetBytes(svg))}}"></div>
            {{Notes(chart)}}<script>(function(make,left){(function again(){
            if(window.Plotly&&window.memwallDraw)window.memwallDraw("{{id}}",make);else if(left-->0)setTimeout(again,200);})();})
            (function(){return {{json}};},{{MaxRetries}});</script>
            </figure>
            """;
    }

    private static string Caption(Chart chart)
    {
        var subtitle = chart.Subtitle is { } text
            ? $"<br><span style=\"font-size:13px;opacity:.75\">{WebUtility.HtmlEncode(text)}</span>"
            : "";
        return $"<figcaption style=\"margin:.2em 0 .4em\"><strong>{WebUtility.HtmlEncode(chart.Title)}</strong>{subtitle}</figcaption>";
    }

    private static string Notes(Chart chart) => chart.Notes.Count == 0 ? ""
        : "<ul style=\"margin:.2em 0;font-size:12.5px;opacity:.8\">"
            + string.Concat(chart.Notes.Select(note => $"<li>{WebUtility.HtmlEncode(note)}</li>")) + "</ul>\n";

    /// <summary>plotly.js and the script that draws with it. They are protected from module loaders (require.js), which would hide
    /// plotly.js from the page.</summary>
    public static string Script()
    {
        using var stream = typeof(FigureHtml).Assembly.GetManifestResourceStream("figure.js")!;
        using var reader = new StreamReader(stream);
        return "<style class=\"memwall-plotly\">" + Style
            + "</style>\n<script class=\"memwall-plotly\">if(!window.Plotly){(function(define,module,exports){"
            + PlotlyHost.Script().Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase)
            + "\n}).call(window);}</script>\n<script class=\"memwall-plotly\">" + reader.ReadToEnd() + "</script>";
    }
}
