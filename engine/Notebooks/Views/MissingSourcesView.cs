using MemoryWall.Core.Telemetry;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks.Views;

/// <summary>Telemetry sources that a machine does not have.</summary>
internal static class MissingSourcesView
{
    public static View Create(IEnumerable<UnavailableSource> sources) =>
        new View().AddTable(MachineTable.CreateMissingSources(sources));
}
