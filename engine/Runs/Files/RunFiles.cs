using System.Text.RegularExpressions;

namespace MemoryWall.Runs.Files;

/// <summary>The names of the files in a run's folder.</summary>
internal static partial class RunFiles
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

    /// <summary>Says that this user's engine began the run: a checksum of <see cref="Manifest"/> with a key that stays with the
    /// user.</summary>
    public const string Seal = "run.seal";

    /// <summary>What the run does now, for live views; its writer removes it at the end.</summary>
    public const string LiveFeed = "live.feed";

    /// <summary>In the folder of all runs: live views renew it, and writers update <see cref="LiveFeed"/> only while it is fresh.</summary>
    public const string ObserverLease = ".observed";

    /// <summary>The suffix of the file with the torn last lines of another one, moved there when the run was resumed.</summary>
    public const string TornSuffix = ".torn";

    /// <summary>The suffix of a file until it is complete; a process that died leaves it behind.</summary>
    public const string TemporarySuffix = ".tmp";

    /// <summary>The digits before that suffix which distinguish the files of several writers.</summary>
    public const int TemporaryNonceLength = 8;

    /// <summary>The telemetry of a segment while it is written. A run has one segment for each time that it was started or
    /// resumed.</summary>
    public static string TelemetryCsvFile(int segment) => TelemetryName(segment) + ".csv";

    /// <summary>The same telemetry as Parquet, once the segment is complete.</summary>
    public static string TelemetryParquetFile(int segment) => TelemetryName(segment) + ".parquet";

    /// <summary>Whether a file of this name belongs to what a run is: it travels with the run.</summary>
    public static bool IsContent(string name) => ContentName().IsMatch(name);

    /// <summary>Whether the store writes files of this name. Others in a run's folder are the user's own.</summary>
    public static bool IsOwn(string name) => name is Lock or LiveFeed or Seal || IsContent(name)
        || (TemporaryName().Match(name) is { Success: true } match && (match.Groups[1].Value is Seal || IsContent(match.Groups[1].Value)));

    // Earlier versions had no digits.
    [GeneratedRegex(@"^(.+?)(\.[0-9a-f]{8})?\.tmp\z")]
    private static partial Regex TemporaryName();

    [GeneratedRegex(@"^(run\.json|label\.json|trials\.csv|tokens\.csv|events\.jsonl|server\.log(\.1)?"
        + @"|telemetry(-[0-9]{1,4})?\.(csv|parquet)|(trials\.csv|tokens\.csv|events\.jsonl)\.torn)\z")]
    private static partial Regex ContentName();

    private static string TelemetryName(int segment) => segment == 1 ? "telemetry" : FormattableString.Invariant($"telemetry-{segment}");
}
