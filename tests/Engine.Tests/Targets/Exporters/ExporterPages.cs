using MemoryWall.Targets.Exporters;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets.Exporters;

/// <summary>Recorded pages of exporters.</summary>
internal static class ExporterPages
{
    public static string[] Names => ["node", "dcgm", "vllm"];

    /// <summary>node_exporter 1.5 on a machine with two processors, without the metrics that are not read.</summary>
    public static string Node => Read("node");

    /// <summary>DCGM's exporter with two devices, in the form and with the field names of its documentation.</summary>
    public static string Dcgm => Read("dcgm");

    /// <summary>vLLM with two engines, by the names of its version 1.</summary>
    public static string Vllm => Read("vllm");

    public static string Read(string name) => Recorded.Text($"exporters/{name}.txt");

    /// <summary>The values of all columns that a page fills.</summary>
    public static Dictionary<string, double> ReadColumns(string text)
    {
        var page = MetricPage.Parse(text);
        Assert.Null(page.Problem);
        return ExporterKind.Find(page).SelectMany(kind => kind.CreateColumns(page)).DistinctBy(column => column.Name)
            .Where(column => double.IsFinite(column.ReadFinite(page)))
            .ToDictionary(column => column.Name, column => column.ReadFinite(page));
    }
}
