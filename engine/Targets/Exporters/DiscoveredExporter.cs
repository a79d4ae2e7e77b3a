using MemoryWall.Core.Telemetry;

namespace MemoryWall.Targets.Exporters;

/// <summary>An exporter that answered, and what it gives.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Kinds">The programs whose metrics its page has; one or more.</param>
/// <param name="Columns">The columns that its first page fills; one or more.</param>
/// <param name="First">Its first page.</param>
internal sealed record DiscoveredExporter(ExporterAddress Address, IReadOnlyList<ExporterKind> Kinds,
    IReadOnlyList<ExporterColumn> Columns, ExporterScrape First)
{
    /// <summary>How the names of its columns begin.</summary>
    public string Prefix { get; init; } = ExporterView.GetPrefix(1);

    /// <summary>The source of its columns.</summary>
    public string Source => Prefix + Kinds[0].Name;

    /// <summary>What it is, for people.</summary>
    public string Title => string.Join(" and ", Kinds.Select(kind => kind.Title));

    /// <summary>Whether an unchanged page means that it has no new readings.</summary>
    public bool RepeatsItsPage => Kinds.All(kind => kind.RepeatsItsPage);
}
