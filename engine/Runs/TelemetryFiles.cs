using MemoryWall.Core.Telemetry;

namespace MemoryWall.Runs;

/// <summary>
/// The telemetry of a run, one file a stretch: <c>telemetry.csv</c> while it is written, since lines can be appended and survive a kill;
/// <c>telemetry.parquet</c> with the same columns once it is complete and long. Readers take either.
/// </summary>
internal static class TelemetryFiles
{
    /// <summary>A stretch whose file is larger than this is long.</summary>
    public const long CompactThresholdBytes = 8 << 20;

    private const int MaxSegments = 10_000;

    /// <summary>The stretches of a run in order, one for each time that it was started or resumed; none where no telemetry was
    /// stored.</summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <param name="schema">What the manifest says of the columns; those that it does not know are told by their names alone.</param>
    /// <exception cref="StoreException">A file cannot be opened. One that is damaged is read as far as it goes, and its timeline says
    /// so.</exception>
    public static IReadOnlyList<TelemetryTimeline> ReadAll(string runFolder, TelemetrySchema? schema) =>
        [.. Enumerable.Range(1, CountSegments(runFolder)).Select(stretch => Read(runFolder, stretch, schema))];

    /// <summary>
    /// Stores the long stretches of a run compactly. Each is written beside, flushed, read back and compared value by value before it takes
    /// the place of its CSV file; whatever goes wrong, the CSV file stays. For the run's one writer, when no stretch is being written.
    /// </summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <param name="thresholdBytes">Bytes above which a file is long.</param>
    /// <returns>In sentences, which long files stayed as they are and why.</returns>
    public static IReadOnlyList<string> Compact(string runFolder, long thresholdBytes = CompactThresholdBytes)
    {
        var stayed = new List<string>();
        for (var stretch = CountSegments(runFolder); stretch >= 1; stretch--)
        {
            var csv = new FileInfo(Path.Combine(runFolder, RunFiles.TelemetryCsvFile(stretch)));
            if (!csv.Exists || csv.Length <= thresholdBytes)
                continue;
            try
            {
                TelemetryParquet.ReplaceCsv(csv.FullName, Path.Combine(runFolder, RunFiles.TelemetryParquetFile(stretch)));
            }
            catch (StoreException error)
            {
                stayed.Add($"{csv.Name} is long and was not stored compactly: {error.Reason}");
            }
        }
        return stayed;
    }

    /// <summary>How many stretches there are, in either form.</summary>
    internal static int CountSegments(string runFolder)
    {
        var count = 0;
        while (count < MaxSegments
            && (File.Exists(Path.Combine(runFolder, RunFiles.TelemetryCsvFile(count + 1)))
                || File.Exists(Path.Combine(runFolder, RunFiles.TelemetryParquetFile(count + 1)))))
            count++;
        return count;
    }

    // Where both are there, a writer was killed between putting one in place and taking the other away: the CSV file is what it wrote
    // first.
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
            // Its writer has put the other in its place meanwhile.
        }
        return TelemetryParquet.Read(Path.Combine(runFolder, RunFiles.TelemetryParquetFile(segment)), schema);
    }
}
