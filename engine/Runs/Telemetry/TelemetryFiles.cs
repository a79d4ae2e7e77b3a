using MemoryWall.Core.Telemetry;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs.Telemetry;

/// <summary>
/// The telemetry of a run, one file for each segment: <c>telemetry.csv</c> while it is written, since appended lines survive a kill, and
/// <c>telemetry.parquet</c> with the same columns once it is complete, if it is long. Readers accept both.
/// </summary>
internal static class TelemetryFiles
{
    /// <summary>A segment with a larger file is long.</summary>
    public const long CompactThresholdBytes = 8 << 20;

    private const int MaxSegments = 10_000;

    /// <summary>The segments of a run in order, one for each time that it was started or resumed; none where no telemetry was
    /// stored.</summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <param name="schema">The columns according to the manifest. For other columns the name alone decides what they are.</param>
    /// <exception cref="StoreException">A file cannot be opened. A damaged file is read as far as possible, with a warning.</exception>
    public static IReadOnlyList<TelemetryTimeline> ReadAll(string runFolder, TelemetrySchema? schema) =>
        [.. Enumerable.Range(1, CountSegments(runFolder)).Select(segment => Read(runFolder, segment, schema))];

    /// <summary>
    /// Converts the long segments of a run to Parquet. Each is written to a temporary file, flushed, read back and compared value by value
    /// before it replaces its CSV file. If anything fails, the CSV file stays. Only the run's writer may call this, while it writes no
    /// segment.
    /// </summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <param name="thresholdBytes">Bytes above which a file is long.</param>
    /// <returns>One sentence for each long file that was not converted, with the reason.</returns>
    public static IReadOnlyList<string> Compact(string runFolder, long thresholdBytes = CompactThresholdBytes)
    {
        var stayed = new List<string>();
        for (var segment = CountSegments(runFolder); segment >= 1; segment--)
        {
            var csv = new FileInfo(Path.Combine(runFolder, RunFiles.TelemetryCsvFile(segment)));
            if (!csv.Exists || csv.Length <= thresholdBytes)
                continue;
            try
            {
                TelemetryParquet.ReplaceCsv(csv.FullName, Path.Combine(runFolder, RunFiles.TelemetryParquetFile(segment)));
            }
            catch (StoreException error)
            {
                stayed.Add($"{csv.Name} was not converted to Parquet: {error.Reason}");
            }
        }
        return stayed;
    }

    /// <summary>The number of segments, in either form.</summary>
    internal static int CountSegments(string runFolder)
    {
        var count = 0;
        while (count < MaxSegments
            && (File.Exists(Path.Combine(runFolder, RunFiles.TelemetryCsvFile(count + 1)))
                || File.Exists(Path.Combine(runFolder, RunFiles.TelemetryParquetFile(count + 1)))))
            count++;
        return count;
    }

    // If both files exist, a writer was killed between creating one and deleting the other. The CSV file is the one that it wrote first.
    private static TelemetryTimeline Read(string runFolder, int segment, TelemetrySchema? schema)
    {
        var csv = Path.Combine(runFolder, RunFiles.TelemetryCsvFile(segment));
        try
        {
            if (File.Exists(csv))
                return TelemetryCsvReader.Read(csv, schema);
        }
        catch (StoreException error) when (error.InnerException is FileNotFoundException)
        {
            // Its writer has replaced it by the Parquet file meanwhile.
        }
        return TelemetryParquet.Read(Path.Combine(runFolder, RunFiles.TelemetryParquetFile(segment)), schema);
    }
}
