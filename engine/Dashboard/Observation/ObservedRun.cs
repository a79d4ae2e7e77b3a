using MemoryWall.Analysis.Live;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Live;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Json;
using MemoryWall.Runs.Labels;
using MemoryWall.Runs.Telemetry;
using MemoryWall.Sweeps.Live;

namespace MemoryWall.Dashboard.Observation;

/// <summary>A run that is observed while it may be under way. It only reads, and looks at a file again only when it has grown.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="time">Measures how long a writer is silent.</param>
internal sealed class ObservedRun(string folder, TimeProvider time)
{
    // Several pages share one reading.
    private static readonly TimeSpan s_minInterval = TimeSpan.FromMilliseconds(100);

    // A run that had no observer has a gap in its points, so its telemetry is read again.
    private static readonly TimeSpan s_maxGap = TimeSpan.FromSeconds(5);

    // The writer updates four times a second, and looks for observers once a second.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private RunManifest? _manifest;
    private (long Length, DateTime Label) _version = (-1, default);
    private IReadOnlyList<Trial> _trials = [];
    private RunProgress? _progress;
    private LiveHistory? _history;
    private LiveSnapshot? _snapshot;
    private LiveSnapshot? _stored;
    private long _readAt;
    private long _beat = -1;
    private long _beatAt;
    private long _firstLookAt = -1;

    /// <summary>When it was last read, as a timestamp of the clock.</summary>
    public long ReadAt => Volatile.Read(ref _readAt);

    /// <summary>The run now.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public LiveSnapshot Read()
    {
        lock (_gate)
        {
            if (_snapshot is not null && time.GetElapsedTime(_readAt) < s_minInterval)
                return _snapshot;
            if (_snapshot is null || time.GetElapsedTime(_readAt) > s_maxGap)
                (_history, _firstLookAt) = (null, time.GetTimestamp());
            _snapshot = StoreException.WrapIOErrors(folder, "reading the run", ReadNow);
            Volatile.Write(ref _readAt, time.GetTimestamp());
            return _snapshot;
        }
    }

    private LiveSnapshot ReadNow()
    {
        var feed = LiveFeedFile.TryRead(folder);
        // A run that was measured without a feed may have ended since.
        if (feed is null && _stored is not null && ReadVersion() == _version
            && (_stored.Status != LiveStatus.Silent || RunLock.IsTaken(folder)))
            return _stored;
        var hasNewTrials = RefreshTrials();
        _stored = null;
        return feed is null ? _stored = ReadStored() : ReadLive(feed, hasNewTrials);
    }

    private LiveSnapshot ReadLive(LiveFeed feed, bool hasNewTrials)
    {
        _history ??= StoredTimeline.Create(TelemetryFiles.ReadAll(folder, _manifest!.Telemetry), _trials);
        if (feed.Beat != _beat)
        {
            (_beat, _beatAt) = (feed.Beat, time.GetTimestamp());
            _history.Add(LivePoint.Create(feed.At.Seconds, feed.Phase is null ? null : feed.Step?.ContextTokens, feed.Phase, feed.Machine));
        }
        var snapshot = LiveSnapshot.Create(_manifest!, _progress!, feed, _history.Points);
        if (feed.Writer?.HasEnded() == true)
            return ReadEnding() is { } ended
                ? snapshot with { Status = ended.Status, Ending = ended.Words, Feed = feed with { Phase = null } }
                : snapshot with { Status = LiveStatus.Dead, Ending = LiveWords.Death(feed.Writer.ProcessId, _trials.Count) };
        // A writer without an observer before is silent until it has seen the lease.
        var silence = time.GetElapsedTime(Math.Max(_beatAt, _firstLookAt));
        return silence > s_silence && !hasNewTrials
            ? snapshot with { Status = LiveStatus.Silent, Ending = LiveWords.Silence(silence.TotalSeconds) }
            : snapshot;
    }

    private LiveSnapshot ReadStored()
    {
        var run = RunReader.Read(folder, withMarks: true).Run;
        var replay = new Replay(run);
        var ending = ReadEnding()
            ?? (RunLock.IsTaken(folder)
                ? (LiveStatus.Silent, LiveWords.NoFeed(_trials.Count))
                : (LiveStatus.Stopped, LiveWords.NoEnd(_trials.Count)));
        var snapshot = LiveSnapshot.Create(run.Manifest, _progress!, replay.At(replay.End) with { Phase = null },
            StoredTimeline.Create(run.Telemetry, run.Trials).Points) with
        { Status = ending.Status, Ending = ending.Words };
        return snapshot.AtItsEnd(replay);
    }

    // The run's own last word; null where it has none.
    private (LiveStatus Status, string Words)? ReadEnding()
    {
        var events = EventLog.Read(Path.Combine(folder, RunFiles.Events), new ReadWarningCollector());
        var last = events.LastOrDefault(entry => entry.Kind is "started" or "resumed" or "ended");
        return last?.Kind == "ended" ? LiveWords.End(last.Message, _progress!) : null;
    }

    private bool RefreshTrials()
    {
        var version = ReadVersion();
        if (_progress is not null && version == _version)
            return false;
        var warnings = new ReadWarningCollector();
        var manifest = ManifestFile.Read(Path.Combine(folder, RunFiles.Manifest), warnings);
        var label = LabelFile.Read(folder, manifest, warnings);
        _manifest = manifest with { Label = label.Label, Note = label.Note };
        _trials = TrialsFile.Read(Path.Combine(folder, RunFiles.Trials), _manifest, warnings);
        _progress = RunProgress.Compute(_manifest, _trials);
        _version = version;
        return true;
    }

    private (long, DateTime) ReadVersion()
    {
        var trials = new FileInfo(Path.Combine(folder, RunFiles.Trials));
        return (trials.Exists ? trials.Length : 0, File.GetLastWriteTimeUtc(Path.Combine(folder, RunFiles.Label)));
    }
}
