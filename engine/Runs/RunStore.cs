using MemoryWall.Core;
using MemoryWall.Core.Trials;

namespace MemoryWall.Runs;

/// <summary>
/// Runs in a folder, one folder each. What a run holds is described in <c>data/README.md</c>. Reading never writes and may happen while a
/// run is being written; each run has at most one writer at a time, and different runs do not touch each other.
/// </summary>
internal sealed class RunStore
{
    /// <summary>Runs under a folder; it need not exist yet.</summary>
    /// <param name="root">The folder, for example <c>data/runs</c>.</param>
    public RunStore(string root)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(root);
        Root = Path.GetFullPath(root);
    }

    /// <summary>The folder, in full.</summary>
    public string Root { get; }

    /// <summary>An id for a run that begins now: it sorts by time and differs from others of the same second.</summary>
    /// <param name="utc">Wall time at the start of the run.</param>
    public static string NewId(DateTimeOffset utc) => RunId.New(utc);

    /// <summary>All runs, the newest first. A folder that cannot be read as a run is listed with its problem.</summary>
    /// <exception cref="StoreException">The root itself cannot be read.</exception>
    public IReadOnlyList<RunSummary> List() => [.. ListIds().OrderDescending(StringComparer.Ordinal).Select(Summarize)];

    /// <summary>Reads a run. What is damaged is read around and named in its findings.</summary>
    /// <param name="id">The run's id, or the beginning of it that no other run shares.</param>
    /// <param name="withMarks">Whether to read the stream marks too, the largest part of a run.</param>
    /// <exception cref="StoreException">There is no such run, the beginning is not unique, or its <c>run.json</c> cannot be
    /// read.</exception>
    public Run Read(string id, bool withMarks = true) => RunReader.Read(FindFolder(id), withMarks).Run;

    /// <summary>Begins a run: makes its folder and writes its manifest, which is never edited after.</summary>
    /// <param name="manifest">What the run is; its id becomes the folder's name.</param>
    /// <exception cref="ArgumentException">The manifest's id cannot be a folder's name.</exception>
    /// <exception cref="StoreException">The id is taken, or the files cannot be written.</exception>
    public RunWriter Create(RunManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (!RunId.IsValid(manifest.RunId))
            throw new ArgumentException($"run id '{manifest.RunId}' is not 1 to 64 letters, digits, '-' or '_'", nameof(manifest));
        return RunWriter.Create(Path.Combine(Root, manifest.RunId), manifest);
    }

    /// <summary>
    /// Goes on with a run. Torn last lines are moved aside into files of their own; complete lines stay as they are, and new ones follow.
    /// </summary>
    /// <param name="id">The run's id, or the beginning of it that no other run shares.</param>
    /// <exception cref="StoreException">
    /// There is no such run, another writer has it, or it was written by a version with other columns or a newer schema.
    /// </exception>
    public RunWriter Resume(string id) => RunWriter.Resume(FindFolder(id));

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
            return new RunSummary(id, run.Manifest, run.Trials.Count, completed, Problem: null);
        }
        catch (StoreException e)
        {
            return new RunSummary(id, Manifest: null, Trials: 0, Completed: 0, e.Message);
        }
    }

    private string FindFolder(string id)
    {
        if (!RunId.IsValid(id))
            throw new StoreException(Root, $"'{TextCell.Encode(id)}' is not a run id; ids have 1 to 64 letters, digits, '-' or '_'");
        var ids = ListIds().ToList();
        if (ids.Contains(id))
            return Path.Combine(Root, id);
        var found = ids.Where(known => known.StartsWith(id, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        return found.Count switch
        {
            1 => Path.Combine(Root, found[0]),
            0 => throw new StoreException(Root, $"has no run '{id}'"),
            _ => throw new StoreException(Root,
                $"'{id}' is the beginning of {found.Count} runs: {string.Join(", ", found.Take(5))}{(found.Count > 5 ? ", …" : "")}; write more of it"),
        };
    }
}
