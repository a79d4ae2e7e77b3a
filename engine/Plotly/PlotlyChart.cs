using MemoryWall.Charts;
using Chart = MemoryWall.Charts.Chart;
using Config = Plotly.NET.Config;
using PlotlyGenericChart = Plotly.NET.GenericChart;

namespace MemoryWall.Plotly;

/// <summary>Charts through Plotly.NET. Called from outside by reflection only: this assembly and all that it needs live in a load context
/// of their own.</summary>
public static class PlotlyChart
{
    private const string Resource = "Plotly.NET.plotly-2.28.0.min.js";

    /// <summary>The chart as the JSON that plotly.js takes: <c>data</c>, <c>layout</c>, <c>config</c>.</summary>
    public static string Json(Chart chart)
    {
        ArgumentNullException.ThrowIfNull(chart);
        var config = new Config();
        config.SetProperty("responsive", true);
        config.SetProperty("displaylogo", false);
        config.SetProperty("typesetMath", false);
        // What changes the view by dragging needs no button; two are left, which do not cover the legend.
        config.SetProperty("modeBarButtons", new[] { new[] { "toImage", "resetScale2d" } });
        var traces = chart.Panels.SelectMany(
            (panel, index) => PlotlyTraces.Create(panel, index, AxisRange.ForX(chart), chart.HasLegendPerPanel)).ToList();
        // One name has one entry in the legend.
        foreach (var again in traces.GroupBy(trace => trace.LegendName).SelectMany(same => same.Skip(1)))
            again.Trace.SetProperty("showlegend", false);
        var generic = PlotlyGenericChart.ofTraceObjects(false,
            Microsoft.FSharp.Collections.ListModule.OfSeq(traces.Select(trace => trace.Trace)));
        return PlotlyGenericChart.toJson(
            PlotlyGenericChart.setConfig(config, PlotlyGenericChart.setLayout(PlotlyLayout.Create(chart), generic)));
    }

    /// <summary>The text of plotly.js itself.</summary>
    public static string Script()
    {
        using var stream = typeof(PlotlyGenericChart).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"Plotly.NET holds no '{Resource}'");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Text that is nothing but text to plotly.js, which otherwise reads tags, links and, between dollar signs,
    /// formulae.</summary>
    internal static string EscapeText(string text) => string.Concat(text.Select(c => c switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '$' => "&#36;",
        // Templates begin with %{ in hover texts.
        '%' => "&#37;",
        '"' => "&#34;",
        _ => char.IsControl(c) ? " " : c.ToString(),
    }));
}
