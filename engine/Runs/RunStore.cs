using MemoryWall.Core;
using MemoryWall.Core.Files;
using MemoryWall.Core.Trials;
using MemoryWall.Runs.Csv;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;
using MemoryWall.Runs.Labels;

namespace MemoryWall.Runs;

/// <summary>
/// Runs in a folder, each in a folder of its own; <c>data/README.md</c> describes the files. Reading never writes and works while a run is
/// being written. A run has at most one writer at a time, and different runs do not affect each other.
/// </summary>
internal sealed class RunStore
{
    /// <summary>The runs in a folder, which need not exist yet.</summary>
    /// <param name="root">The folder, for example <c>data/runs</c>.</param>
    public RunStore(string root)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(root);
        Root = Path.GetFullPath(root);
    }

    /// <summary>The folder, in full.</summary>
    public string Root { get; }

    /// <summary>An id for a run that begins now. It sorts by time and differs from others of the same second.</summary>
    /// <param name="utc">Wall time at the start of the run.</param>
    public static string NewId(DateTimeOffset utc) => RunId.New(utc);

    /// <summary>The runs, the newest first. A folder that cannot be read as a run is listed with its problem.</summary>
    /// <param name="withArchived">Whether archived runs are listed too.</param>
    /// <exception cref="StoreException">The root itself cannot be read.</exception>
    public IReadOnlyList<RunSummary> List(bool withArchived = false) =>
    [
        .. ListIds().OrderDescending(StringComparer.Ordinal).Select(Summarize).Where(run => withArchived || !run.IsArchived),
    ];

    /// <summary>Reads a run. Damaged parts are skipped, each with a warning.</summary>
    /// <param name="id">The run's id, or the beginning of it if no other run begins like that.</param>
    /// <param name="withMarks">Whether to read the stream marks, the largest part of a run, too.</param>
    /// <exception cref="StoreException">There is no such run, the beginning is not unique, or its <c>run.json</c> cannot be
    /// read.</exception>
    public Run Read(string id, bool withMarks = true) => RunReader.Read(FindFolder(id), withMarks).Run;

    /// <summary>The full id of a run.</summary>
    /// <param name="id">The run's id, or the beginning of it if no other run begins like that.</param>
    /// <exception cref="StoreException">There is no such run, or the beginning is not unique.</exception>
    public string FindId(string id) => Path.GetFileName(FindFolder(id));

    /// <summary>The id of the newest run that is not archived and can be read; null where there is none.</summary>
    /// <exception cref="StoreException">The root itself cannot be read.</exception>
    public string? FindLatestId() => ListIds().OrderDescending(StringComparer.Ordinal).Select(Summarize)
        .FirstOrDefault(run => run.Problem is null && !run.IsArchived)?.Id;

    /// <summary>Adds the runs of a folder to the store, and leaves out those that it has.</summary>
    /// <param name="folder">The folder, whose sub-folders are runs. They are moved.</param>
    /// <param name="isSame">Whether two folders have the same run; it gets the run's id too.</param>
    /// <returns>The ids of the runs that were added.</returns>
    /// <exception cref="StoreException">The store has another run of an id, and none is added; or a run cannot be moved.</exception>
    public IReadOnlyList<string> Adopt(string folder, Func<string, string, string, bool> isSame) =>
        StoreException.WrapIOErrors(Root, "adding runs", () =>
        {
            Directory.CreateDirectory(Root);
            var runs = new RunStore(folder).List(withArchived: true)
                .Where(run => run.Problem is null && RunId.IsValid(run.Manifest!.RunId))
                .Select(run => (Id: run.Manifest!.RunId, From: Path.Combine(folder, run.Id), To: Path.Combine(Root, run.Manifest.RunId)))
                .ToList();
            foreach (var (id, from, to) in runs.Where(run => Directory.Exists(run.To)))
            {
                if (!isSame(from, to, id))
                    throw StoreException.FromSentence(to, $"{Root} has a run '{id}' with other content, so nothing is added; "
                        + "--runs names another folder.");
            }
            var added = new List<string>();
            foreach (var (id, from, to) in runs.Where(run => !Directory.Exists(run.To)))
            {
                Directory.Move(from, to);
                added.Add(id);
            }
            return added;
        });

    /// <summary>Changes what the user says about a run. Its facts stay as they are, also while it is being measured.</summary>
    /// <param name="id">The run's id, or the beginning of it if no other run begins like that.</param>
    /// <param name="change">Makes the new label from the present one.</param>
    /// <exception cref="StoreException">There is no such run, or the label cannot be stored.</exception>
    public void ChangeLabel(string id, Func<RunLabel, RunLabel> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        var folder = FindOwnFolder(id);
        RunFolder.RequireNoLink(folder);
        LabelFile.Write(folder, change(ReadLabel(folder)));
    }

    /// <summary>Removes the folder of a run with all its files.</summary>
    /// <param name="id">The run's id, or the beginning of it if no other run begins like that.</param>
    /// <exception cref="StoreException">There is no such run, it is being measured, or it cannot be removed.</exception>
    public void Remove(string id) => RunRemoval.Remove(FindOwnFolder(id));

    /// <summary>Creates the folder of a run and writes its manifest, which is never edited.</summary>
    /// <param name="manifest">What the run is; its id becomes the folder's name.</param>
    /// <exception cref="ArgumentException">The manifest's id cannot be a folder's name.</exception>
    /// <exception cref="StoreException">The id is taken, or the files cannot be written.</exception>
    public RunWriter Create(RunManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (!RunId.IsValid(manifest.RunId))
            throw new ArgumentException($"The run id '{manifest.RunId}' is invalid; an id has 1 to 64 letters, digits, '-' or '_'.",
                nameof(manifest));
        return RunWriter.Create(Path.Combine(Root, manifest.RunId), manifest);
    }

    /// <summary>
    /// Resumes a run. Torn last lines are moved into files of their own. Complete lines stay as they are, and new lines follow them.
    /// </summary>
    /// <param name="id">The run's id, or the beginning of it if no other run begins like that.</param>
    /// <exception cref="StoreException">
    /// There is no such run, another process is writing it, or it has other columns or a newer schema than this version.
    /// </exception>
    public RunWriter Resume(string id) => RunWriter.Resume(FindOwnFolder(id));

    /// <summary>The ids of the folders that may be runs, newest first, without reading them.</summary>
    /// <exception cref="StoreException">The root itself cannot be read.</exception>
    public IReadOnlyList<string> ListRunIds() => [.. ListIds().OrderDescending(StringComparer.Ordinal)];

    private IEnumerable<string> ListIds() => Directory.Exists(Root)
        ? StoreException.WrapIOErrors(Root, "listing it",
            () => Directory.GetDirectories(Root).Select(folder => Path.GetFileName(folder)!).Where(RunId.IsValid).ToList())
        : [];

    private RunSummary Summarize(string id)
    {
        try
        {
            var run = Read(id, withMarks: false);
            var completed = run.Trials.Count(trial => trial.Outcome.IsCompleted && !trial.Flags.HasFlag(TrialFlags.Warmup));
            return new RunSummary(id, run.Manifest, run.Trials.Count, completed, Problem: null)
            {
                IsArchived = ReadLabel(Path.Combine(Root, id)).IsArchived,
            };
        }
        catch (StoreException e)
        {
            return new RunSummary(id, Manifest: null, Trials: 0, Completed: 0, e.Message);
        }
    }

    private static RunLabel ReadLabel(string folder)
    {
        var warnings = new ReadWarningCollector();
        return LabelFile.Read(folder, ManifestFile.Read(Path.Combine(folder, RunFiles.Manifest), warnings), warnings);
    }

    // Samples are the same for everybody, and tests and notebooks rest on them.
    private string FindOwnFolder(string id) => FindFolder(id) is var folder && ProgramFiles.HoldsSample(folder)
        ? throw StoreException.FromSentence(folder, $"'{id}' is a sample of the project, and samples stay as they are.")
        : folder;

    private string FindFolder(string id)
    {
        if (!RunId.IsValid(id))
            throw StoreException.FromSentence(Root,
                $"'{TextCell.Encode(id)}' is not a run id. An id has 1 to 64 letters, digits, '-' or '_'.");
        var ids = ListIds().ToList();
        if (ids.Contains(id))
            return Path.Combine(Root, id);
        var found = ids.Where(known => known.StartsWith(id, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        return found.Count switch
        {
            1 => Path.Combine(Root, found[0]),
            0 => throw StoreException.FromSentence(Root, $"There is no run '{id}' in {Root}."),
            _ => throw StoreException.FromSentence(Root,
                $"'{id}' is the beginning of {found.Count} runs: {string.Join(", ", found.Take(5))}{(found.Count > 5 ? ", …" : "")}. "
                    + "Give more of the id."),
        };
    }
}
