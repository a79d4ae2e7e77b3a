using System.Text;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Runs.Csv;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;

namespace MemoryWall.Runs;

/// <summary>
/// Writes one run. Each trial and event is on the disk when its call returns. A trial's row in <c>trials.csv</c> is written last and
/// commits the trial: a process that is killed at any point loses at most the running trial. Safe for use from many threads.
/// </summary>
internal sealed class RunWriter : IDisposable
{
    private readonly Lock _gate = new();
    private readonly FileStream _lockFile;
    private readonly AppendOnlyFile _trials;
    private readonly AppendOnlyFile _tokens;
    private readonly AppendOnlyFile _events;
    private readonly RotatingLog _serverLog;
    private readonly HashSet<int> _numbers;

    private RunWriter(string folder, FileStream lockFile, Run before, IReadOnlySet<int> numbers)
    {
        Directory = folder;
        ExistingRun = before;
        _lockFile = lockFile;
        _numbers = [.. numbers];
        _serverLog = new RotatingLog(Path.Combine(folder, RunFiles.ServerLog));
        var opened = new List<AppendOnlyFile>();
        try
        {
            opened.Add(_trials = AppendOnlyFile.Open(Path.Combine(folder, RunFiles.Trials), TrialsFile.Header));
            opened.Add(_tokens = AppendOnlyFile.Open(Path.Combine(folder, RunFiles.Tokens), TokensFile.Header));
            opened.Add(_events = AppendOnlyFile.Open(Path.Combine(folder, RunFiles.Events), []));
            DurableFile.SyncDirectory(folder);
        }
        catch
        {
            opened.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <summary>The run's folder, in full.</summary>
    public string Directory { get; }

    /// <summary>The run as it was when this writer opened it; a new run has no trials.</summary>
    public Run ExistingRun { get; }

    /// <summary>
    /// The smallest number above all that the run has used, those of lost trials included. From 1.
    /// </summary>
    public int NextTrialNumber
    {
        get
        {
            lock (_gate)
                return _numbers.Count == 0 ? 1 : checked(_numbers.Max() + 1);
        }
    }

    /// <summary>Commits a trial: its marks first, then its row.</summary>
    /// <param name="trial">The trial. Its number must be new in the run.</param>
    /// <param name="marks">What arrived in its stream, in order. The list may be empty.</param>
    /// <exception cref="ArgumentException">The number is not positive, or the run has used it.</exception>
    /// <exception cref="StoreException">It could not be written; what was committed before is untouched, and the same trial may be tried
    /// again.</exception>
    public void AppendTrial(Trial trial, IReadOnlyList<StreamMark> marks)
    {
        ArgumentNullException.ThrowIfNull(trial);
        ArgumentNullException.ThrowIfNull(marks);
        lock (_gate)
        {
            if (trial.Number < 1 || _numbers.Contains(trial.Number))
                throw new ArgumentException(
                    $"The trial number {trial.Number} is not positive or was used before; the next one is {NextTrialNumber}.",
                    nameof(trial));
            var rows = TokensFile.FormatRows(trial.Number, marks);
            var row = TrialsFile.FormatRow(trial);
            var tokensBefore = _tokens.Length;
            if (rows.Length > 0)
                _tokens.Append(rows);
            try
            {
                _trials.Append(row);
            }
            catch (StoreException)
            {
                _tokens.TruncateTo(tokensBefore);
                throw;
            }
            _numbers.Add(trial.Number);
        }
    }

    /// <summary>Writes an event.</summary>
    /// <exception cref="StoreException">It could not be written; what was committed before is untouched.</exception>
    public void AppendEvent(RunEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        var line = EventLog.FormatLine(e);
        lock (_gate)
            _events.Append(line);
    }

    /// <summary>
    /// A writer for the output of a server's process (its stderr), for use from any thread. Each write reaches the file immediately. The
    /// size of the log is limited, and the newest lines are kept. Writing never fails; the log itself says how many bytes could not be
    /// written.
    /// </summary>
    public TextWriter OpenServerLog() => TextWriter.Synchronized(
        new CleanWriter(new StreamWriter(_serverLog, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1024,
            leaveOpen: true)
        { AutoFlush = true, NewLine = "\n" }));

    /// <summary>Closes the run, so that another process can write it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _trials.Dispose();
            _tokens.Dispose();
            _events.Dispose();
            _serverLog.Dispose();
            _lockFile.Dispose();
        }
    }

    internal static RunWriter Create(string folder, RunManifest manifest)
    {
        var isNew = !System.IO.Directory.Exists(folder);
        StoreException.WrapIOErrors(folder, "creating the run's folder", () => System.IO.Directory.CreateDirectory(folder));
        // Only this creates the lock file, so the process that succeeds owns the id.
        var held = RunLock.Acquire(folder, FileMode.CreateNew, "this run exists already; use a new id");
        return OpenOrReleaseLock(held, () =>
        {
            RunSeal.Write(folder, ManifestFile.WriteNew(Path.Combine(folder, RunFiles.Manifest), manifest));
            DurableFile.SyncDirectory(Path.GetDirectoryName(folder)!);
            return new RunWriter(folder, held, new Run { Manifest = manifest, Trials = [] }, new HashSet<int>());
        }, () =>
        {
            if (isNew)
                RemoveUnmade(folder);
        });
    }

    internal static RunWriter Resume(string folder)
    {
        RunFolder.RequireNoLink(folder);
        var held = RunLock.Acquire(folder, FileMode.OpenOrCreate, "another process is writing this run; wait until it ends, or stop it");
        return OpenOrReleaseLock(held, () =>
        {
            var (before, numbers) = RunReader.Read(folder, withMarks: true);
            if (before.Manifest.SchemaVersion > RunManifest.CurrentSchema)
                throw new StoreException(folder,
                    $"schema {before.Manifest.SchemaVersion} is newer than {RunManifest.CurrentSchema}: "
                        + "the run can be read, but not resumed");
            if (before.Manifest.SchemaVersion < RunManifest.CurrentSchema)
                throw new StoreException(folder,
                    $"schema {before.Manifest.SchemaVersion} is older than {RunManifest.CurrentSchema}: "
                        + "the run can be read, but not resumed");
            if (RunId.FindMismatch(before.Manifest.RunId, folder) is { } mismatch)
                throw StoreException.FromSentence(folder, mismatch);
            RequireHeader(Path.Combine(folder, RunFiles.Trials), TrialsFile.Header, TrialsFile.MaxBytes);
            RequireHeader(Path.Combine(folder, RunFiles.Tokens), TokensFile.Header, CsvTable.DefaultMaxBytes);
            return new RunWriter(folder, held, before, numbers);
        });
    }

    private static RunWriter OpenOrReleaseLock(FileStream held, Func<RunWriter> open, Action? cleanUp = null)
    {
        try
        {
            return open();
        }
        catch
        {
            held.Dispose();
            cleanUp?.Invoke();
            throw;
        }
    }

    // A full disk leaves a folder that is no run. It is this program's own, and holds nothing that was measured.
    private static void RemoveUnmade(string folder)
    {
        try
        {
            System.IO.Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The error that is thrown names the folder.
        }
    }

    // New rows follow the header of the file, so the header must be that of this version.
    private static void RequireHeader(string path, byte[] header, long maxBytes)
    {
        if (!File.Exists(path))
            return;
        using var file = StoreException.WrapIOErrors(path, "reading its header", () => CommittedLinesStream.Open(path));
        // What is not read would be measured again, under the same numbers.
        if (file.Length + file.TornBytes > maxBytes)
            throw new StoreException(path, $"it is larger than {maxBytes >> 20} MiB: the run can be read, but not resumed");
        if (file.Length == 0)
            return;
        var found = new byte[header.Length];
        var read = file.ReadAtLeast(found, found.Length, throwOnEndOfStream: false);
        if (read < header.Length || !found.AsSpan().SequenceEqual(header))
            throw new StoreException(path, "it has other columns than this version writes: the run can be read, but not resumed");
    }
}
