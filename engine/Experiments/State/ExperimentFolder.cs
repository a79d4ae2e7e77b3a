using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MemoryWall.Core.Files;
using MemoryWall.Core.Primitives;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;

namespace MemoryWall.Experiments.State;

/// <summary>
/// The folder <c>NAME.experiment</c> in a folder of runs: what is known of an experiment beside its runs. Each file is written once and
/// never changed, under a name of its own, so that many machines write at once without locks. A cell is done when its run is in the folder
/// of runs: that is one renaming, and its name is taken once.
/// </summary>
internal sealed partial class ExperimentFolder
{
    private const string Suffix = ".experiment";
    private const string PlanFile = "plan.json";
    private const string LockFile = "run.lock";
    private const int MaxPlanBytes = 256 << 20;
    private const int MaxRecordBytes = 1 << 20;

    private ExperimentFolder(string runs, string name) => (Runs, FullPath) = (runs, Path.Combine(runs, name + Suffix));

    /// <summary>The folder of the results, each a run.</summary>
    public string Runs { get; }

    /// <summary>The experiment's own folder.</summary>
    public string FullPath { get; }

    /// <summary>The folder of runs that this machine has begun and not finished.</summary>
    public string Unfinished => Path.Combine(FullPath, "unfinished");

    /// <summary>The folder of scripts.</summary>
    public string Scripts => Path.Combine(FullPath, "scripts");

    /// <summary>The folder of the output of tasks.</summary>
    public string Logs => Path.Combine(FullPath, "logs");

    private string Attempts => Path.Combine(FullPath, "attempts");

    private string Rounds => Path.Combine(FullPath, "rounds");

    /// <summary>Whether an experiment of this name was begun.</summary>
    public bool Exists => RegularFile.Exists(Path.Combine(FullPath, PlanFile));

    /// <summary>The folder of an experiment, which need not exist.</summary>
    /// <param name="runs">The folder of runs.</param>
    /// <param name="name">The experiment's name.</param>
    public static ExperimentFolder Of(string runs, string name) => new(Path.GetFullPath(runs), name);

    /// <summary>An experiment's folder by its path; null where the path does not end like one.</summary>
    public static ExperimentFolder? FromPath(string path) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)) is var full && Path.GetFileName(full) is var name
            && name.EndsWith(Suffix, StringComparison.Ordinal) && name.Length > Suffix.Length
            ? new ExperimentFolder(Path.GetDirectoryName(full)!, name[..^Suffix.Length])
            : null;

    /// <summary>Begins an experiment.</summary>
    /// <exception cref="StoreException">One of this name was begun, or the folder cannot be written.</exception>
    public void Create(ExperimentPlan plan)
    {
        foreach (var folder in new[] { FullPath, Unfinished, Scripts, Logs, Attempts, Rounds })
            _ = StoreException.WrapIOErrors(folder, "creating it", () => Directory.CreateDirectory(folder));
        Write(Path.Combine(FullPath, PlanFile), plan, FactsJson.Indented);
    }

    /// <summary>The plan of an experiment that was begun.</summary>
    /// <exception cref="StoreException">There is none, or it cannot be read, or another user could have written it.</exception>
    public ExperimentPlan ReadPlan()
    {
        var path = Path.Combine(FullPath, PlanFile);
        if (!Exists)
            throw StoreException.FromSentence(FullPath, $"There is no experiment in {FullPath}; memwall experiment run begins one here, "
                + "and submit on a cluster.");
        // The plan says what is read and contacted, so its writer decides that.
        if (FileFacts.Read(path) is { IsOwnedByThisUser: false } or { IsWritableByOthers: true })
            throw new StoreException(path, "it belongs to another user, or others can write it; begin an experiment of your own");
        var plan = Read<ExperimentPlan>(path, MaxPlanBytes) ?? throw new StoreException(path, "it is no plan of an experiment");
        return plan.SchemaVersion <= ExperimentPlan.CurrentSchema && RunId.IsValid(plan.Id) ? plan : throw new StoreException(path,
            FormattableString.Invariant($"its schema {plan.SchemaVersion} is newer than {ExperimentPlan.CurrentSchema}; update memwall"));
    }

    /// <summary>Whether a cell's run is in the folder of runs.</summary>
    public bool HasResult(string runId) => Directory.Exists(Path.Combine(Runs, runId));

    /// <summary>Begins a round.</summary>
    /// <returns>It, without jobs.</returns>
    /// <exception cref="StoreException">It cannot be stored.</exception>
    public ExperimentRound NextRound() => new()
    {
        Number = ReadRounds().Select(round => round.Number).DefaultIfEmpty(0).Max() + 1,
        StartedUtc = TimeProvider.System.GetUtcNow(),
    };

    /// <summary>Stores a round.</summary>
    /// <exception cref="StoreException">It cannot be stored, or another process has begun the same one.</exception>
    public void Write(ExperimentRound round) =>
        Write(Path.Combine(Rounds, round.Number.ToString("0000", CultureInfo.InvariantCulture) + ".json"), round, FactsJson.SingleLine);

    /// <summary>The rounds that were begun, the first one first.</summary>
    public IReadOnlyList<ExperimentRound> ReadRounds() =>
        [.. ReadAll<ExperimentRound>(Rounds, "").OrderBy(round => round.Number)];

    /// <summary>Stores the beginning of an attempt.</summary>
    public void Write(AttemptStart start) => WriteOnce(NameOf(start.Cell, start.Round, "started"), start);

    /// <summary>Stores the end of an attempt, as the process that measured saw it.</summary>
    public void Write(AttemptEnd end) => WriteOnce(NameOf(end.Cell, end.Round, "ended"), end);

    /// <summary>Stores the end of an attempt that left none itself, as the scheduler tells it.</summary>
    public void WriteSeen(AttemptEnd end) => WriteOnce(NameOf(end.Cell, end.Round, "seen"), end);

    /// <summary>The beginnings of attempts.</summary>
    public IReadOnlyList<AttemptStart> ReadStarts() => [.. ReadAll<AttemptStart>(Attempts, ".started")];

    /// <summary>The ends of attempts, one an attempt: its own where it left one, else what the scheduler told.</summary>
    public IReadOnlyList<AttemptEnd> ReadEnds() => [.. ReadAll<AttemptEnd>(Attempts, ".ended")
        .Concat(ReadAll<AttemptEnd>(Attempts, ".seen")).DistinctBy(end => (end.Cell, end.Round))];

    /// <summary>The folder for what an attempt measured without coming to its end: not a result, and not counted.</summary>
    public string GetStoppedFolder(int round) => Path.Combine(FullPath, FormattableString.Invariant($"stopped-{round}"));

    /// <summary>Takes the right to run the experiment on this machine, until it is disposed.</summary>
    /// <exception cref="StoreException">Another process has it.</exception>
    public IDisposable Lock()
    {
        try
        {
            return RegularFile.Open(Path.Combine(FullPath, LockFile), new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                Share = FileShare.None,
                BufferSize = 0,
            });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(FullPath, $"another process is running this experiment; wait until it ends, or stop it "
                + $"({error.Message})", error);
        }
    }

    /// <summary>Whether a process of this machine runs the experiment.</summary>
    public bool IsLocked()
    {
        if (!RegularFile.Exists(Path.Combine(FullPath, LockFile)))
            return false;
        try
        {
            // Shared with every reader: only the exclusive lock refuses it.
            using var file = RegularFile.OpenRead(Path.Combine(FullPath, LockFile), bufferSize: 0);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private string NameOf(int cell, int round, string kind) =>
        Path.Combine(Attempts, FormattableString.Invariant($"{cell:00000}-{round:0000}.{kind}.json"));

    // A record that is there says the same: it was written by the same attempt, or by another look at the same job.
    private static void WriteOnce<T>(string path, T record)
    {
        if (!RegularFile.Exists(path))
            Write(path, record, FactsJson.SingleLine);
    }

    private static void Write<T>(string path, T record, JsonSerializerOptions options) =>
        _ = StoreException.WrapIOErrors(path, "writing it", () =>
        {
            DurableFile.WriteNew(path, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(record, options) + "\n"));
            return true;
        });

    private static T? Read<T>(string path, int maxBytes)
        where T : class
    {
        try
        {
            return StoreException.WrapIOErrors(path, "reading it",
                () => JsonSerializer.Deserialize<T>(RegularFile.ReadAllBytes(path, maxBytes), FactsJson.SingleLine));
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new StoreException(path, $"it cannot be read: {SafeText.ToSingleLine(error.Message)}", error);
        }
    }

    // What cannot be read is as if it were not there: the attempt is then looked for at the scheduler.
    private static IEnumerable<T> ReadAll<T>(string folder, string kind)
        where T : class
    {
        if (!Directory.Exists(folder))
            yield break;
        foreach (var path in Directory.EnumerateFiles(folder, $"*{kind}.json").Where(path => RecordName().IsMatch(Path.GetFileName(path))))
        {
            T? record;
            try
            {
                record = Read<T>(path, MaxRecordBytes);
            }
            catch (StoreException)
            {
                continue;
            }
            if (record is not null)
                yield return record;
        }
    }

    [GeneratedRegex(@"^[0-9-]+(\.(started|ended|seen))?\.json\z")]
    private static partial Regex RecordName();
}
