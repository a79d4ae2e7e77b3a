using System.Text.RegularExpressions;

namespace MemoryWall.Core.Telemetry;

/// <summary>Keeps the columns of exporters apart from those of this machine: a name says to which of the two a reading belongs.</summary>
internal static partial class ExporterView
{
    /// <summary>The largest number of exporters of a run.</summary>
    public const int MaxExporters = 16;

    /// <summary>How the names of an exporter's columns begin.</summary>
    /// <param name="number">1 for the first; a further number where another exporter has the same columns.</param>
    public static string GetPrefix(int number) => number == 1 ? "exporter_" : FormattableString.Invariant($"exporter{number}_");

    /// <summary>Whether a column is an exporter's, and says nothing about this machine.</summary>
    public static bool IsExporter(string column) => Prefix().IsMatch(column);

    /// <summary>The prefixes of the exporters' columns, each once, in the order of the columns.</summary>
    public static IReadOnlyList<string> FindPrefixes(TelemetrySchema schema) =>
        [.. schema.Columns.Select(column => Prefix().Match(column.Name)).Where(match => match.Success).Select(match => match.Value)
            .Distinct()];

    /// <summary>The rows as they are seen through exporters: their columns have the names that this machine's would have, and this
    /// machine's are hidden. Columns keep their places, so that the rows are shared.</summary>
    /// <param name="timeline">The rows.</param>
    /// <param name="prefix">How the names of the exporters' columns begin.</param>
    public static TelemetryTimeline See(TelemetryTimeline timeline, string prefix) => timeline with
    {
        Schema = See(timeline.Schema, prefix),
        IsSeenThroughExporter = true,
    };

    /// <summary>The columns of such rows.</summary>
    public static TelemetrySchema See(TelemetrySchema schema, string prefix) =>
        new() { Columns = [.. schema.Columns.Select(column => Rename(column, prefix))] };

    private static TelemetryColumn Rename(TelemetryColumn column, string prefix) => column with
    {
        Name = column.Name.StartsWith(prefix, StringComparison.Ordinal) ? column.Name[prefix.Length..] : "",
        Source = column.Source.StartsWith(prefix, StringComparison.Ordinal) ? column.Source[prefix.Length..] : "",
    };

    [GeneratedRegex(@"^exporter[0-9]{0,2}_")]
    private static partial Regex Prefix();
}
