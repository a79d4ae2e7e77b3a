using MemoryWall.Analysis.Reports;
using MemoryWall.Lake.Files;
using MemoryWall.Lake.Tables;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;

namespace MemoryWall.Lake;

/// <summary>
/// Adds runs to a lake. Any number of processes on any machines may add to one lake at once, also over a network file system: a run is
/// written to files of its own under names of their own, each appears complete, and the last one decides. A process that is killed
/// leaves nothing that is read; the run is added again. Not safe for use from many threads.
/// </summary>
internal sealed class LakeWriter
{
    private readonly LakeFolder _lake;
    private readonly LakeSnapshot _before;
    private readonly bool _isDurable;
    private readonly Dictionary<string, (RunVersion Version, LakeFile File)> _own = new(StringComparer.Ordinal);

    private LakeWriter(LakeSnapshot before, bool isDurable) => (_lake, _before, _isDurable) = (before.Folder, before, isDurable);

    /// <summary>Adds one run to the lake in a folder, which is created where it is missing.</summary>
    /// <inheritdoc cref="AddAsync(string, bool, CancellationToken)"/>
    /// <param name="lakeFolder">The folder of the lake.</param>
    public static async Task<LakeAddition> AddAsync(string lakeFolder, string runFolder, CancellationToken cancellation = default)
    {
        var writer = await OpenAsync(new LakeFolder(lakeFolder), isDurable: true, cancellation).ConfigureAwait(false);
        return await writer.AddAsync(runFolder, again: false, cancellation).ConfigureAwait(false);
    }

    /// <summary>A writer for many runs, which looks once what the lake has.</summary>
    /// <param name="lake">The lake.</param>
    /// <param name="isDurable">Whether a run is on the disk when it is added.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="StoreException">The lake cannot be read.</exception>
    public static async Task<LakeWriter> OpenAsync(LakeFolder lake, bool isDurable, CancellationToken cancellation) =>
        new(await LakeSnapshot.ReadAsync(lake, cancellation).ConfigureAwait(false), isDurable);

    /// <summary>Whether the lake has a run of this id, in whatever state.</summary>
    public bool HasRun(string id) => _own.ContainsKey(id) || _before.Find(id) is not null;

    /// <summary>Adds a run, unless the lake has it as it is.</summary>
    /// <param name="runFolder">The folder of the run.</param>
    /// <param name="again">Whether a run that has not changed is derived and written again, for example by a newer engine.</param>
    /// <param name="cancellation">Stops the work; nothing is added then.</param>
    /// <exception cref="StoreException">The run is being measured or cannot be read, the lake has another run of this id, or it cannot be
    /// written.</exception>
    public async Task<LakeAddition> AddAsync(string runFolder, bool again, CancellationToken cancellation)
    {
        if (RunLock.IsTaken(runFolder))
            throw new StoreException(runFolder, "the run is being measured; add it when it has ended");
        var digest = RunDigest.Compute(runFolder);
        var run = RunReader.Read(runFolder, withMarks: true).Run;
        var id = run.Manifest.RunId;
        if (!RunId.IsValid(id))
            throw new StoreException(runFolder, "the id in its run.json is none; an id has 1 to 64 letters, digits, '-' or '_'");
        var known = _own.TryGetValue(id, out var own) ? own : _before.Find(id);
        if (known?.Version.Digest == digest && !again)
            return new LakeAddition(id, LakeChange.Unchanged, []);
        var file = new LakeFile(LakeFolder.PartitionOf(run.Manifest.StartedUtc),
            LakeFileName.ForRun(new RunVersion(id, NextRevision(known?.Version, runFolder), digest)));
        if (known is { } existing)
            await RequireSameRunAsync(existing.File, id, run.Manifest.StartedUtc, runFolder, cancellation).ConfigureAwait(false);
        var version = ((RunFileName)file.Name).Version;
        var (tables, leftOut) = LakeTables.Fill(RunReport.Create(run), version.Revision, digest);
        await WriteAsync(file, tables, runFolder, cancellation).ConfigureAwait(false);
        // What is replaced is not read any more. In a pack it stays until the next one.
        if (known is { File: { Name: RunFileName } replaced })
            LakeFiles.TryRemove(_lake, replaced);
        _own[id] = (version, file);
        return new LakeAddition(id, known is null ? LakeChange.Added : LakeChange.Replaced, leftOut);
    }

    private static int NextRevision(RunVersion? known, string runFolder) => known is not { } version ? 1
        : version.Revision < LakeFileName.MaxRevision ? version.Revision + 1
        : throw new StoreException(runFolder, "the lake has its largest revision already");

    // A run never changes when it began. Another one of the same id would replace what it has nothing to do with.
    private async Task RequireSameRunAsync(LakeFile existing, string id, DateTimeOffset started, string runFolder,
        CancellationToken cancellation)
    {
        var month = LakeFolder.PartitionOf(started);
        var known = existing.Partition == month
            ? await LakeFiles.ReadStartAsync(_lake.PathOf(LakeFolder.Runs, existing), id, cancellation).ConfigureAwait(false)
            : null;
        // A pack replaced the file meanwhile; its month is the same.
        if (existing.Partition != month || (known is { } at && Math.Abs((at - started.UtcDateTime).TotalSeconds) >= 1))
            throw new StoreException(runFolder, $"the lake {_lake.Root} has another run of the id {id}, which began at another time");
    }

    private async Task WriteAsync(LakeFile file, IReadOnlyDictionary<string, TableContent> tables, string runFolder,
        CancellationToken cancellation)
    {
        try
        {
            foreach (var table in LakeFolder.Tables)
            {
                Directory.CreateDirectory(_lake.FolderOf(table, file.Partition));
                await ParquetTable.WriteAsync(_lake.TemporaryPathOf(table, file), tables[table], _isDurable, cancellation)
                    .ConfigureAwait(false);
            }
            LakeFiles.Publish(_lake, file, _isDurable);
        }
        catch (Exception error)
        {
            LakeFiles.TryRemove(_lake, file);
            if (error is IOException or UnauthorizedAccessException)
                throw new StoreException(runFolder, $"it cannot be added to {_lake.Root}: {error.Message}", error);
            throw;
        }
    }
}
