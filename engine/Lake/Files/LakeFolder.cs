using System.Text.RegularExpressions;
using MemoryWall.Core.Files;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;

namespace MemoryWall.Lake.Files;

/// <summary>
/// A folder of tables: <c>TABLE/schema_version=1/started_month=2026-11-01/NAME.parquet</c>. Each run, and each pack of runs, has one file
/// of the same name in every table, also where a table has no rows for it. The file in <c>runs</c> is written last and removed first: what
/// it names is in the lake, and nothing else is.
/// </summary>
internal sealed partial class LakeFolder
{
    /// <summary>The version of the tables that this engine writes and reads.</summary>
    public const int SchemaVersion = 1;

    /// <summary>The environment variable that names another folder.</summary>
    public const string EnvironmentVariable = "MEMWALL_LAKE";

    /// <summary>The table that decides what is in the lake.</summary>
    public const string Runs = "runs";

    private const string VersionPrefix = "schema_version=";
    private const string MonthPrefix = "started_month=";
    private const string Extension = ".parquet";

    /// <summary>The tables in the order in which the files of a run are written.</summary>
    public static IReadOnlyList<string> Tables { get; } = ["tokens", "telemetry", "verdicts", "trials", Runs];

    /// <summary>A lake in a folder, which need not exist yet.</summary>
    /// <exception cref="StoreException">The name of the folder has characters that SQL engines take for patterns.</exception>
    public LakeFolder(string root)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(root);
        Root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        if (Root.AsSpan().IndexOfAny('*', '?', '[') >= 0)
            throw StoreException.FromSentence(Root, $"'{Root}' cannot be a lake: engines that read it take *, ? and [ for patterns; name "
                + "another folder.");
    }

    /// <summary>The folder, in full.</summary>
    public string Root { get; }

    /// <summary>Whether there is anything in it that could be a lake.</summary>
    public bool Exists => Directory.Exists(Path.Combine(Root, Runs));

    /// <summary>The folder that a user named, else that of the environment variable, else <c>data/lake</c> of the checkout around the
    /// current folder, else of the current folder.</summary>
    public static LakeFolder Resolve(string? option)
    {
        if (!string.IsNullOrEmpty(option))
            return new LakeFolder(option);
        if (Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } named)
            return new LakeFolder(named);
        var current = Directory.GetCurrentDirectory();
        return new LakeFolder(Path.Combine(Checkout.FindAbove(current) ?? current, "data", "lake"));
    }

    /// <summary>The partition of a run: the month in which it began, as a date that every engine reads alike.</summary>
    public static LakePartition PartitionOf(DateTimeOffset started)
    {
        var utc = started.UtcDateTime;
        return new LakePartition(new DateOnly(utc.Year, utc.Month, 1));
    }

    /// <summary>The folder of a partition of a table.</summary>
    public string FolderOf(string table, LakePartition partition) => Path.Combine(Root, table,
        FormattableString.Invariant($"{VersionPrefix}{SchemaVersion}"),
        FormattableString.Invariant($"{MonthPrefix}{partition.Month:yyyy-MM-dd}"));

    /// <summary>The path of a file in a table.</summary>
    public string PathOf(string table, LakeFile file) => Path.Combine(FolderOf(table, file.Partition), file.Name.Text + Extension);

    /// <summary>The temporary path of the same file. Its dot hides it from every engine.</summary>
    public string TemporaryPathOf(string table, LakeFile file) =>
        Path.Combine(FolderOf(table, file.Partition), "." + file.Name.Text + RunFiles.TemporarySuffix);

    /// <summary>The files of a table, and what else is there.</summary>
    /// <exception cref="StoreException">A folder cannot be read.</exception>
    public LakeListing List(string table) => StoreException.WrapIOErrors(Root, "listing the lake", () =>
    {
        var (files, others) = (new List<LakeFile>(), new List<LakeProblem>());
        foreach (var version in ListFolders(Path.Combine(Root, table)))
        {
            var name = Path.GetFileName(version);
            if (name != FormattableString.Invariant($"{VersionPrefix}{SchemaVersion}"))
                others.Add(new LakeProblem(version, name.StartsWith(VersionPrefix, StringComparison.Ordinal)
                    ? "it has the tables of another version of the lake and is not read"
                    : "it is no folder of a lake and is not read"));
            else
                ListMonths(version, files, others);
        }
        return new LakeListing(files, others);
    });

    /// <summary>The temporary files of a table.</summary>
    public IEnumerable<string> ListTemporary(string table) => ListFolders(Path.Combine(Root, table)).SelectMany(ListFolders)
        .SelectMany(month => Directory.EnumerateFiles(month, ".*" + RunFiles.TemporarySuffix)).ToList();

    private static void ListMonths(string version, List<LakeFile> files, List<LakeProblem> others)
    {
        foreach (var month in ListFolders(version))
        {
            if (ParseMonth(Path.GetFileName(month)) is not { } partition)
            {
                others.Add(new LakeProblem(month, "it is no folder of a lake and is not read"));
                continue;
            }
            foreach (var path in Directory.EnumerateFileSystemEntries(month))
            {
                var name = Path.GetFileName(path);
                // A file that is being written.
                if (name.StartsWith('.'))
                    continue;
                if (!name.EndsWith(Extension, StringComparison.Ordinal) || LakeFileName.Parse(name[..^Extension.Length]) is not { } parsed)
                    others.Add(new LakeProblem(path, "its name is not one of a lake, and it is not read"));
                else if (FileFacts.Read(path)?.Kind is not (FileKind.Regular or null) and var kind)
                    others.Add(new LakeProblem(path,
                        kind == FileKind.Link ? "it is a link and is not read" : "it is no file and is not read"));
                else
                    files.Add(new LakeFile(partition, parsed));
            }
        }
    }

    private static IEnumerable<string> ListFolders(string folder) => FileFacts.Read(folder)?.Kind == FileKind.Folder
        ? Directory.EnumerateDirectories(folder).Where(path => FileFacts.Read(path)?.Kind == FileKind.Folder)
            .Order(StringComparer.Ordinal)
        : [];

    private static LakePartition? ParseMonth(string name) => MonthName().Match(name) is { Success: true } match
        && DateOnly.TryParseExact(match.Groups[1].Value, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture,
            System.Globalization.DateTimeStyles.None, out var month)
        ? new LakePartition(month)
        : null;

    [GeneratedRegex("^" + MonthPrefix + @"([0-9]{4}-[0-9]{2}-01)\z")]
    private static partial Regex MonthName();
}
