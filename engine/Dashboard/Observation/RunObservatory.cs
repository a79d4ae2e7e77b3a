using System.Collections.Concurrent;
using MemoryWall.Core;
using MemoryWall.Reporting.Live;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;
using MemoryWall.Sweeps.Live;

namespace MemoryWall.Dashboard.Observation;

/// <summary>All runs of a folder, as they are now and as replays. Safe for use from several threads.</summary>
internal sealed class RunObservatory
{
    // Runs that were looked at lately stay in memory.
    private const int MaxKept = 16;

    // The date at the beginning of an id.
    private const int DateLength = 8;

    private static readonly TimeSpan s_scanInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_keepInterval = TimeSpan.FromSeconds(5);

    private readonly RunStore _store;
    private readonly Dictionary<string, string> _guests = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, ObservedRun> _observed = [];
    private readonly Lock _scanGate = new();
    private readonly Dictionary<string, SortedSet<string>> _groups = [];
    private readonly Dictionary<string, string?> _comparisons = [];
    private IReadOnlyList<string> _current = [];
    private long _scannedAt;
    private bool _hasScanned;

    /// <param name="runsFolder">The folder of the runs.</param>
    /// <param name="time">The clock.</param>
    /// <param name="guests">Runs from elsewhere: their ids, and their folders, which may have other names.</param>
    public RunObservatory(string runsFolder, TimeProvider time, IReadOnlyList<(string Id, string Folder)>? guests = null)
    {
        (_store, _time) = (new RunStore(runsFolder), time);
        foreach (var (id, folder) in guests ?? [])
            _guests.TryAdd(id, folder);
        Samples = [.. SampleRuns.List().SelectMany(sample => Directory.GetDirectories(SampleRuns.Find(sample)!)
            .Select(folder => new SampleRun(sample, Path.GetFileName(folder))))];
        foreach (var sample in Samples)
            _guests.TryAdd(sample.Id, Path.Combine(SampleRuns.Find(sample.Name)!, sample.Id));
    }

    /// <summary>The samples of the project; none outside of a checkout.</summary>
    public IReadOnlyList<SampleRun> Samples { get; }

    /// <summary>The folder of the runs.</summary>
    public string Root => _store.Root;

    /// <summary>The folder of a run, of a sample or of a run from elsewhere.</summary>
    /// <param name="id">Its id; for a run of the store also the beginning of it where no other run begins like that.</param>
    /// <exception cref="StoreException">There is no such run.</exception>
    public string FindFolder(string id) => Find(id).Folder;

    /// <summary>The whole id of a run, and its folder, which has another name where the run is from elsewhere.</summary>
    /// <inheritdoc cref="FindFolder"/>
    public (string Id, string Folder) Find(string id)
    {
        if (_guests.TryGetValue(id, out var guest) && !Directory.Exists(Path.Combine(_store.Root, id)))
            return (id, guest);
        var known = _store.FindId(id);
        return (known, Path.Combine(_store.Root, known));
    }

    /// <summary>A run now.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public LiveSnapshot Read(string id)
    {
        if (_observed.Count >= MaxKept && !_observed.ContainsKey(id))
            ForgetOldest();
        return _observed.GetOrAdd(id, known => new ObservedRun(FindFolder(known), _time)).Read();
    }

    /// <summary>A run with its marks and telemetry, for a replay.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public Run ReadWhole(string id) => RunReader.Read(FindFolder(id), withMarks: true).Run;

    /// <summary>The ids of the runs to show where the page names none: those that are measured now, with all systems of their comparison,
    /// else the newest run with its comparison; empty where there is none. Looked for once a second for all pages together.</summary>
    public IReadOnlyList<string> SelectCurrent()
    {
        lock (_scanGate)
        {
            if (_hasScanned && _time.GetElapsedTime(_scannedAt) < s_scanInterval)
                return _current;
            var ids = ListIds();
            var active = ids.Where(IsActive).ToList();
            _current = active.Count > 0 ? SelectWithComparison(active[0], ids) : ids.Count > 0 ? SelectWithComparison(ids[0], ids) : [];
            (_scannedAt, _hasScanned) = (_time.GetTimestamp(), true);
            return _current;
        }
    }

    /// <summary>The ids of all runs, newest first.</summary>
    public IReadOnlyList<string> ListIds()
    {
        try
        {
            return _store.ListRunIds();
        }
        catch (StoreException)
        {
            // The folder is not readable now; a page shows no run until it is.
            return [];
        }
    }

    // Runs that pages look at now stay, however many there are: a run that is forgotten is read again as a whole.
    private void ForgetOldest()
    {
        var (id, oldest) = _observed.MinBy(run => run.Value.ReadAt);
        if (oldest is not null && _time.GetElapsedTime(oldest.ReadAt) > s_keepInterval)
            _observed.TryRemove(id, out _);
    }

    // A run with the other systems of its comparison, in the order in which they began.
    private IReadOnlyList<string> SelectWithComparison(string id, IReadOnlyList<string> ids)
    {
        if (ReadComparison(id) is { } comparison)
            return [.. ids.Where(other => IsNear(id, other) && ReadComparison(other) == comparison).Order(StringComparer.Ordinal)];
        return _groups.Values.FirstOrDefault(group => group.Contains(id)) is { } group ? [.. group] : [id];
    }

    // A manifest is never edited, so it is read once.
    private string? ReadComparison(string id)
    {
        if (_comparisons.TryGetValue(id, out var known))
            return known;
        try
        {
            var manifest = ManifestFile.Read(Path.Combine(_store.Root, id, RunFiles.Manifest), new ReadWarningCollector());
            return _comparisons[id] = manifest.Comparison?.Id;
        }
        catch (StoreException)
        {
            // Its manifest is not written yet, or the page shows what is wrong with it.
            return null;
        }
    }

    // A run with a feed is being written, or its writer was killed.
    private bool IsActive(string id)
    {
        var folder = Path.Combine(_store.Root, id);
        if (!File.Exists(Path.Combine(folder, RunFiles.LiveFeed)) || LiveFeedFile.TryRead(folder) is not { Writer: { } writer } feed
            || writer.HasEnded())
            return false;
        // A system that has finished before the others stays beside them.
        if (feed.Group is { } group)
            (_groups.TryGetValue(group, out var members) ? members : _groups[group] = new(StringComparer.Ordinal)).Add(id);
        return true;
    }

    // Systems of one comparison that are measured in turn begin within a day; only the manifests of such runs are read.
    private static bool IsNear(string id, string other) => id.Length >= DateLength && other.Length >= DateLength
        && string.CompareOrdinal(id, 0, other, 0, DateLength) == 0;
}

/// <summary>A sample run of the project.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Id">The run's id.</param>
internal sealed record SampleRun(string Name, string Id);
