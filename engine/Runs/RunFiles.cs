namespace MemoryWall.Runs;

/// <summary>The files of a run's folder.</summary>
internal static class RunFiles
{
    public const string Manifest = "run.json";
    public const string Trials = "trials.csv";
    public const string Tokens = "tokens.csv";
    public const string Events = "events.jsonl";
    public const string ServerLog = "server.log";

    /// <summary>The first column of telemetry: when the row was read, on the run's clock.</summary>
    public const string TelemetryTimeColumn = "at_seconds";

    /// <summary>Held open by the one process that writes the run; it stays, empty, after that.</summary>
    public const string Lock = "writer.lock";

    /// <summary>Added to a file's name: its torn last lines, moved aside when the run was resumed.</summary>
    public const string TornSuffix = ".torn";

    /// <summary>The telemetry of a stretch, counted from 1, as it is written.</summary>
    public static string TelemetryCsvFile(int segment) => TelemetryName(segment) + ".csv";

    /// <summary>The same, stored compactly once it is complete.</summary>
    public static string TelemetryParquetFile(int segment) => TelemetryName(segment) + ".parquet";

    private static string TelemetryName(int segment) => segment == 1 ? "telemetry" : FormattableString.Invariant($"telemetry-{segment}");
}
