using MemoryWall.Charts;
using MemoryWall.Core.Telemetry;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Notebooks.Views;

/// <summary>Telemetry sources that a machine does not have.</summary>
internal static class MissingSourcesView
{
    public static View Create(IEnumerable<UnavailableSource> sources) => new View().AddTable(new TextTable(
        [new("source", IsNumber: false), new("why it is absent", IsNumber: false), new("what would enable it", IsNumber: false)],
        [.. sources.Select(source => (IReadOnlyList<string>)[source.Name, source.Reason, source.Remedy ?? NumberFormat.Absent])]));
}
