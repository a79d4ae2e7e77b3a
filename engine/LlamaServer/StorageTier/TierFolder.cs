using System.Globalization;
using MemoryWall.Core.Files;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>The tier's folder. One server at a time may use it. Files that a killed server left are deleted.</summary>
internal sealed class TierFolder : IDisposable
{
    public const string StatePrefix = "memwall-state-";
    public const string StateExtension = ".kv";
    public const string WeightsPrefix = "memwall-weights-";
    private const string WeightsExtension = ".bin";
    private const string SpillPrefix = "memwall-spill-";
    private const string TemporaryExtension = ".tmp";
    private const string LockName = "memwall-tier.lock";

    // Other programs on the disk need some free space.
    private const long HeadroomBytes = 64 * ByteSize.MiB;

    private readonly FileStream _lock;
    private readonly long? _budget;
    private long _spilled;
    private string? _weightsInUse;

    /// <exception cref="TierException">It does not exist, cannot be written, or another server uses it.</exception>
    public TierFolder(TierPlan plan)
    {
        Path = System.IO.Path.GetFullPath(plan.Folder);
        _budget = plan.StorageBytes;
        // A folder created here could be on another device than the one that should be mounted at this path.
        if (!Directory.Exists(Path))
            throw new TierException(TierProblem.UnusableFolder, $"there is no folder '{Path}'; create it on the device to be used");
        _lock = TakeLock(System.IO.Path.Combine(Path, LockName));
        try
        {
            foreach (var pattern in (string[])[SpillPrefix + "*", StatePrefix + "*" + TemporaryExtension,
                WeightsPrefix + "*" + TemporaryExtension])
                foreach (var leftover in Directory.EnumerateFiles(Path, pattern))
                    File.Delete(leftover);
        }
        catch (Exception error) when (TierException.IsOfFiles(error))
        {
            // Otherwise the next attempt would find the folder used by this process.
            _lock.Dispose();
            throw new TierException(TierProblem.UnusableFolder, $"a file of an earlier server cannot be deleted: {error.Message}");
        }
    }

    public string Path { get; }

    /// <summary>Creates an unlinked file: it disappears with the process, even if that is killed.</summary>
    /// <exception cref="TierException">It exceeds the storage budget or the free space of the device.</exception>
    public DirectFile CreateSpill(long bytes, StorageMeter meter, StorageThrottle throttle)
    {
        EvictOtherWeights(bytes);
        var room = Math.Max(0, GetAvailableBytes(0));
        if (bytes > room)
        {
            throw new TierException(TierProblem.NotEnoughStorage,
                $"the spilled KV cache needs {new ByteSize(bytes)}, but {Path} has room for {new ByteSize(room)}{DescribeBudget()}")
            {
                RequiredBytes = bytes,
                AvailableBytes = room
            };
        }
        var path = System.IO.Path.Combine(Path, $"{SpillPrefix}{Environment.ProcessId}-{Guid.NewGuid():N}");
        var file = DirectFile.CreateNew(path, meter, throttle);
        _ = Posix.Unlink(path);
        try
        {
            file.Allocate(bytes);
            _spilled += bytes;
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The file of repacked weights with this key.</summary>
    public string GetWeightsPath(string key) => System.IO.Path.Combine(Path, $"{WeightsPrefix}{key[..32]}{WeightsExtension}");

    /// <summary>Creates a file of repacked weights. Where space is short, files of other plans or builds are deleted.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="reservedBytes">Bytes that the tier will need beside it.</param>
    /// <param name="content">What a refusal says of its content.</param>
    /// <param name="create">Creates the file at a path.</param>
    /// <exception cref="TierException">It exceeds the storage budget or the free space of the device.</exception>
    public DirectFile CreateWeights(string path, long bytes, long reservedBytes, string content, Func<string, DirectFile> create)
    {
        EvictOtherWeights(bytes + reservedBytes);
        var states = ListStates().Sum(state => state.Length);
        var room = Math.Max(0, GetAvailableBytes(states) - reservedBytes);
        if (bytes > room)
            throw new TierException(TierProblem.NotEnoughStorage,
                $"{content} need {new ByteSize(bytes)}, but {Path} has room for {new ByteSize(room)}{DescribeBudget()}")
            {
                RequiredBytes = bytes,
                AvailableBytes = room
            };
        var file = create(path);
        try
        {
            file.Allocate(bytes);
            _weightsInUse = path;
            return file;
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Keeps this file of repacked weights where space is short.</summary>
    public void KeepWeights(string path) => _weightsInUse = path;

    /// <summary>Deletes files of repacked weights that are not in use, the least recently used first, until some bytes fit.</summary>
    public void EvictOtherWeights(long bytes)
    {
        var states = ListStates().Sum(state => state.Length);
        foreach (var other in ListWeights().Where(file => file.FullName != _weightsInUse))
        {
            if (GetAvailableBytes(states) >= bytes)
                return;
            TryDelete(other);
        }
    }

    /// <summary>Deletes a file, unless the system does not allow it, as with one of another user.</summary>
    public static void TryDelete(FileInfo file)
    {
        try
        {
            file.Delete();
        }
        catch (Exception error) when (TierException.IsOfFiles(error))
        {
            // What needs its room finds out how much there is.
        }
    }

    /// <summary>Marks a file as used now, so that it is among the last to be deleted.</summary>
    public static void MarkUsed(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime);
        }
        catch (Exception error) when (TierException.IsOfFiles(error))
        {
            // A file of another user is as good as one of this user.
        }
    }

    /// <summary>Bytes that the device and the storage budget still allow.</summary>
    /// <param name="stateBytes">Bytes of the saved states.</param>
    /// <exception cref="TierException">The device does not answer.</exception>
    public long GetAvailableBytes(long stateBytes)
    {
        try
        {
            var free = new DriveInfo(Path).AvailableFreeSpace - HeadroomBytes;
            return _budget is { } budget ? Math.Min(free, budget - _spilled - ListWeights().Sum(file => file.Length) - stateBytes) : free;
        }
        catch (Exception error) when (TierException.IsOfFiles(error))
        {
            throw TierException.From(error);
        }
    }

    /// <summary>Writes a saved state. Where space is short, the least recently used states are deleted, unless it would not fit into an
    /// empty folder either.</summary>
    /// <param name="bytes">Its size.</param>
    /// <param name="write">Writes it.</param>
    public SaveResult WriteState(long bytes, Action write)
    {
        try
        {
            var room = EvictStates(bytes);
            if (room < bytes)
                return new SaveResult(null,
                    $"a state of {new ByteSize(bytes)} does not fit into {Path}, which has room for {new ByteSize(Math.Max(0, room))}");
            write();
            return new SaveResult(bytes, null);
        }
        catch (Exception error) when (error is TierException || TierException.IsOfFiles(error))
        {
            return new SaveResult(null, error.Message);
        }
    }

    // Old states go first: weights take minutes to repack, and another model may need them again.
    private long EvictStates(long bytes)
    {
        var states = ListStates().ToList();
        long Room() => GetAvailableBytes(states.Sum(state => state.Length));
        var others = ListWeights().Where(file => file.FullName != _weightsInUse).Sum(file => file.Length);
        if (Room() + states.Sum(state => state.Length) + others < bytes)
            return Room();
        while (Room() < bytes && states.Count > 0)
        {
            TryDelete(states[0]);
            states.RemoveAt(0);
        }
        if (Room() < bytes)
            EvictOtherWeights(bytes);
        return Room();
    }

    /// <summary>Saved states, the least recently used first.</summary>
    /// <exception cref="TierException">The folder cannot be read.</exception>
    public IReadOnlyList<FileInfo> ListStates() => List(EmbeddedProtocol.KvStateFilePattern);

    // The least recently used first.
    private IReadOnlyList<FileInfo> ListWeights() => List(WeightsPrefix + "*");

    private IReadOnlyList<FileInfo> List(string pattern)
    {
        try
        {
            return [.. new DirectoryInfo(Path).EnumerateFiles(pattern).OrderBy(file => file.LastWriteTimeUtc)];
        }
        catch (Exception error) when (TierException.IsOfFiles(error))
        {
            throw TierException.From(error);
        }
    }

    private string DescribeBudget() =>
        _budget is { } most ? $" (storage_bytes {most.ToString(CultureInfo.InvariantCulture)})" : "";

    public static string GetTemporaryPath(string path) => path + TemporaryExtension;

    public void Dispose() => _lock.Dispose();

    private static FileStream TakeLock(string path)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            // A link here would let this server cut another file, and a lock of another user's could be held forever.
            if (FileFacts.Read(path) is { IsOwnedByThisUser: false })
                throw new UnauthorizedAccessException($"'{path}' belongs to another user; use a folder of your own");
            var file = RegularFile.Open(path, options);
            file.SetLength(0);
            file.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            file.Flush();
            return file;
        }
        catch (UnauthorizedAccessException error)
        {
            throw new TierException(TierProblem.UnusableFolder, error.Message);
        }
        catch (IOException error)
        {
            throw RegularFile.Exists(path) && FileFacts.Read(path) is { Links: 1 }
                ? new TierException(TierProblem.FolderInUse,
                    $"another server uses '{System.IO.Path.GetDirectoryName(path)}'{DescribeLockOwner(path)}")
                : new TierException(TierProblem.UnusableFolder, $"its lock cannot be taken: {error.Message}");
        }
    }

    // A .NET stream would request the lock that the other process has, so the file is read with system calls.
    private static unsafe string DescribeLockOwner(string path)
    {
        var file = Posix.Open(path, Posix.ReadOnly | Posix.CloseOnExec, 0);
        if (file < 0)
            return "";
        const int Most = 16;
        var text = stackalloc byte[Most];
        var length = Posix.Read(file, (nint)text, Most, 0);
        _ = Posix.Close(file);
        return length > 0
            && int.TryParse(new ReadOnlySpan<byte>(text, (int)length), NumberStyles.None, CultureInfo.InvariantCulture, out var process)
            ? $" (process {process})"
            : "";
    }
}
