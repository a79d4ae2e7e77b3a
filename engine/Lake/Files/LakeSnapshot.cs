using MemoryWall.Runs.Files;

namespace MemoryWall.Lake.Files;

/// <summary>
/// What is in a lake at one moment: the files to read, so that every run is there exactly once, also while others add and compact. A run
/// can be in several files for a while: added twice at once, added again, or packed while its own file still exists. The largest revision
/// counts, then the larger digest, then a pack before a file of its own, then the smaller name.
/// </summary>
internal sealed class LakeSnapshot
{
    private const int MaxListings = 20;

    private readonly Dictionary<string, Source> _runs;

    private LakeSnapshot(LakeFolder folder, IReadOnlyList<LakeFile> files, Dictionary<string, Source> runs,
        IReadOnlyDictionary<LakeFile, IReadOnlyList<RunVersion>> packs, IReadOnlyList<LakeProblem> problems)
    {
        (Folder, AllFiles, _runs, Packs, Problems) = (folder, files, runs, packs, problems);
        var used = runs.Values.Select(source => source.File).ToHashSet();
        Files = [.. files.Where(used.Contains)];
        LeftOut = packs.ToDictionary(pack => pack.Key, pack => (IReadOnlyList<string>)
            [.. pack.Value.Select(version => version.RunId).Distinct().Where(id => runs[id].File != pack.Key)]);
    }

    /// <summary>The lake.</summary>
    public LakeFolder Folder { get; }

    /// <summary>The files to read.</summary>
    public IReadOnlyList<LakeFile> Files { get; }

    /// <summary>All files of the lake, also those whose runs are in others.</summary>
    public IReadOnlyList<LakeFile> AllFiles { get; }

    /// <summary>The runs of each pack.</summary>
    public IReadOnlyDictionary<LakeFile, IReadOnlyList<RunVersion>> Packs { get; }

    /// <summary>The runs of each pack that are read from another file.</summary>
    public IReadOnlyDictionary<LakeFile, IReadOnlyList<string>> LeftOut { get; }

    /// <summary>What is in the folder and not read.</summary>
    public IReadOnlyList<LakeProblem> Problems { get; }

    /// <summary>The ids of the runs.</summary>
    public IReadOnlyCollection<string> RunIds => _runs.Keys;

    /// <summary>The state of a run that counts, and its file; null where the lake has no such run.</summary>
    public (RunVersion Version, LakeFile File)? Find(string runId) =>
        _runs.TryGetValue(runId, out var source) ? (source.Version, source.File) : null;

    /// <summary>Reads the lake as it is now.</summary>
    /// <exception cref="StoreException">A folder cannot be read, or others change the lake faster than it can be read.</exception>
    public static async Task<LakeSnapshot> ReadAsync(LakeFolder folder, CancellationToken cancellation)
    {
        var before = folder.List(LakeFolder.Runs);
        for (var listings = 1; listings < MaxListings; listings++)
        {
            cancellation.ThrowIfCancellationRequested();
            // One listing may miss a run: its pack is added after the listing passed there, and its own file removed before it came there.
            // The pack is in the next listing, since it exists before the file is removed.
            var now = folder.List(LakeFolder.Runs);
            if (now.Files.ToHashSet().SetEquals(before.Files)
                && await TryReadAsync(folder, now, cancellation).ConfigureAwait(false) is { } snapshot)
                return snapshot;
            before = now;
        }
        throw StoreException.FromSentence(folder.Root, $"The lake {folder.Root} changes faster than it can be read; try again later.");
    }

    /// <summary>The lake without damaged files.</summary>
    public LakeSnapshot Without(IReadOnlyDictionary<LakeFile, LakeProblem> damaged) => damaged.Count == 0 ? this
        : Create(Folder, [.. AllFiles.Where(file => !damaged.ContainsKey(file))],
            Packs.Where(pack => !damaged.ContainsKey(pack.Key)).ToDictionary(),
            [.. Problems, .. AllFiles.Where(damaged.ContainsKey).Select(file => damaged[file])]);

    /// <summary>One month of the lake.</summary>
    public LakeSnapshot Only(LakePartition month) => Create(Folder, [.. AllFiles.Where(file => file.Partition == month)],
        Packs.Where(pack => pack.Key.Partition == month).ToDictionary(), []);

    // Null where a pack was removed meanwhile.
    private static async Task<LakeSnapshot?> TryReadAsync(LakeFolder folder, LakeListing listing, CancellationToken cancellation)
    {
        var (packs, problems) = (new Dictionary<LakeFile, IReadOnlyList<RunVersion>>(), listing.Others.ToList());
        foreach (var file in listing.Files.Where(file => file.Name is PackFileName))
        {
            var path = folder.PathOf(LakeFolder.Runs, file);
            try
            {
                packs.Add(file, await PackIndex.ReadAsync(path, cancellation).ConfigureAwait(false));
            }
            catch (StoreException) when (!File.Exists(path))
            {
                return null;
            }
            catch (StoreException error)
            {
                problems.Add(new LakeProblem(path, $"{error.Reason}; its runs are left out", LosesRuns: true));
            }
        }
        return Create(folder, [.. listing.Files.Where(file => file.Name is RunFileName || packs.ContainsKey(file))], packs, problems);
    }

    private static LakeSnapshot Create(LakeFolder folder, IReadOnlyList<LakeFile> files,
        Dictionary<LakeFile, IReadOnlyList<RunVersion>> packs, IReadOnlyList<LakeProblem> problems)
    {
        var runs = new Dictionary<string, Source>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            foreach (var version in file.Name is RunFileName { Version: var own } ? [own] : packs[file])
            {
                var source = new Source(version, file);
                if (!runs.TryGetValue(version.RunId, out var known) || source.CompareTo(known) > 0)
                    runs[version.RunId] = source;
            }
        }
        return new LakeSnapshot(folder, files, runs, packs, problems);
    }

    private sealed record Source(RunVersion Version, LakeFile File) : IComparable<Source>
    {
        private bool IsPack => File.Name is PackFileName;

        // The one that counts is the largest.
        public int CompareTo(Source? other) => other is null ? 1
            : Version.Revision != other.Version.Revision ? Version.Revision.CompareTo(other.Version.Revision)
            : Version.Digest != other.Version.Digest ? string.CompareOrdinal(Version.Digest, other.Version.Digest)
            : IsPack != other.IsPack ? IsPack.CompareTo(other.IsPack)
            : string.CompareOrdinal(other.File.Name.Text, File.Name.Text);
    }
}
