using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MemoryWall.Charts;
using Chart = MemoryWall.Charts.Chart;
using Config = Plotly.NET.Config;
using PlotlyGenericChart = Plotly.NET.GenericChart;

namespace MemoryWall.Plotly;

/// <summary>Writes charts with Plotly.NET. Callers use reflection, because this assembly and its dependencies are in a separate load
/// context.</summary>
internal static class PlotlyChart
{
    /// <summary>The chart as JSON for plotly.js: <c>data</c>, <c>layout</c>, <c>config</c>.</summary>
    public static string Json(Chart chart)
    {
        ArgumentNullException.ThrowIfNull(chart);
        var config = new Config();
        config.SetProperty("responsive", true);
        config.SetProperty("displaylogo", false);
        config.SetProperty("typesetMath", false);
        // Dragging zooms and pans without buttons. The two remaining buttons do not cover the legend.
        config.SetProperty("modeBarButtons", new[] { new[] { "toImage", "resetScale2d" } });
        var traces = chart.Panels.SelectMany(
            (panel, index) => PlotlyTraces.Create(panel, index, AxisRange.ForX(chart), chart.HasLegendPerPanel)).ToList();
        // Traces with the same name share one legend entry.
        foreach (var again in traces.GroupBy(trace => trace.LegendName).SelectMany(same => same.Skip(1)))
            again.Trace.SetProperty("showlegend", false);
        var generic = PlotlyGenericChart.ofTraceObjects(false,
            Microsoft.FSharp.Collections.ListModule.OfSeq(traces.Select(trace => trace.Trace)));
        var json = PlotlyGenericChart.toJson(
            PlotlyGenericChart.setConfig(config, PlotlyGenericChart.setLayout(PlotlyLayout.Create(chart), generic)));
        return Shorten(JsonNode.Parse(json))!.ToJsonString();
    }

    // Seven digits are more than a picture can show, and half of what would be stored.
    private static JsonNode? Shorten(JsonNode? node) => node switch
    {
        JsonObject entries => new JsonObject(entries.Select(entry => KeyValuePair.Create(entry.Key, Shorten(entry.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Shorten)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => JsonValue.Create(
            double.Parse(value.GetValue<double>().ToString("G7", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)),
        _ => node?.DeepClone(),
    };
}
