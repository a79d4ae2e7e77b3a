namespace MemoryWall.Runs.Files;

/// <summary>The names of the files in a run's folder.</summary>
internal static class RunFiles
{
    public const string Manifest = "run.json";
    public const string Trials = "trials.csv";
    public const string Tokens = "tokens.csv";
    public const string Events = "events.jsonl";
    public const string ServerLog = "server.log";

    /// <summary>What a user says about the run later: its name, a note, whether it is archived.</summary>
    public const string Label = "label.json";

    /// <summary>The first column of telemetry: when reading the row began, on the run's clock.</summary>
    public const string TelemetryTimeColumn = "at_seconds";

    /// <summary>The process that writes the run keeps this file open. It stays, empty, after that.</summary>
    public const string Lock = "writer.lock";

    /// <summary>What the run does now, for live views; its writer removes it at the end.</summary>
    public const string LiveFeed = "live.feed";

    /// <summary>In the folder of all runs: live views renew it, and writers update <see cref="LiveFeed"/> only while it is fresh.</summary>
    public const string ObserverLease = ".observed";

    /// <summary>The suffix of the file with the torn last lines of another one, moved there when the run was resumed.</summary>
    public const string TornSuffix = ".torn";

    /// <summary>The telemetry of a segment while it is written. A run has one segment for each time that it was started or
    /// resumed.</summary>
    public static string TelemetryCsvFile(int segment) => TelemetryName(segment) + ".csv";

    /// <summary>The same telemetry as Parquet, once the segment is complete.</summary>
    public static string TelemetryParquetFile(int segment) => TelemetryName(segment) + ".parquet";

    private static string TelemetryName(int segment) => segment == 1 ? "telemetry" : FormattableString.Invariant($"telemetry-{segment}");
}
