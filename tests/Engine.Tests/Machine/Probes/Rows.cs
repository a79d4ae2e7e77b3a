using MemoryWall.Machine.Probes;

namespace MemoryWall.Engine.Tests.Machine.Probes;

/// <summary>Reads a probe once and finds its values by name.</summary>
internal static class Rows
{
    public static Dictionary<string, double?> Read(this IProbe probe)
    {
        var row = new double[probe.Columns.Count];
        row.AsSpan().Fill(double.NaN);
        probe.Read(row);
        return probe.Columns.Select((c, i) => (c.Name, Value: double.IsNaN(row[i]) ? (double?)null : row[i])).ToDictionary(p => p.Name,
            p => p.Value);
    }

    public static IProbe Present(this ProbeDiscovery offer)
    {
        Assert.Null(offer.Absent);
        return offer.Probe!;
    }
}
