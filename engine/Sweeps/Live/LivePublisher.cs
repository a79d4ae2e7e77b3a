namespace MemoryWall.Sweeps.Live;

/// <summary>
/// Writes the feed of a sweep for other processes: once when the run begins, so that its writer is known, then four times a second while an
/// observer renews its lease, and not at all without an observer. Its own errors never reach the sweep.
/// </summary>
internal sealed class LivePublisher : IDisposable
{
    /// <summary>The time between two updates while a live view observes.</summary>
    public static readonly TimeSpan UpdateInterval = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan s_checkInterval = TimeSpan.FromSeconds(1);

    private readonly LiveTracker _tracker;
    private readonly ObserverLease _lease;
    private readonly LiveFeedFile _file;
    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private bool _isDisposed;

    private LivePublisher(LiveTracker tracker, ObserverLease lease, LiveFeedFile file)
    {
        (_tracker, _lease, _file) = (tracker, lease, file);
        _timer = new Timer(_ => Update(), null, s_checkInterval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Starts to publish; null where the run's folder takes no feed.</summary>
    /// <param name="tracker">Follows the sweep, whose run has begun.</param>
    /// <param name="runFolder">The run's folder.</param>
    public static LivePublisher? Start(LiveTracker tracker, string runFolder)
    {
        try
        {
            var lease = new ObserverLease(Path.GetDirectoryName(runFolder)!);
            var publisher = new LivePublisher(tracker, lease, LiveFeedFile.Create(runFolder));
            publisher.Write();
            return publisher;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Removes the feed: a run without one is not being written.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            _timer.Dispose();
            _file.Delete();
        }
    }

    private void Update()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            var isObserved = _lease.IsFresh();
            if (isObserved)
                Write();
            _timer.Change(isObserved ? UpdateInterval : s_checkInterval, Timeout.InfiniteTimeSpan);
        }
    }

    private void Write()
    {
        try
        {
            if (_tracker.Read() is { } feed)
                _file.Write(feed);
        }
        catch (Exception)
        {
            // The disk is full or gone, or a value cannot be written as JSON. On the timer's thread any error would end the process,
            // and a view never ends a measurement. The store reports what is wrong with the disk; the next update may succeed.
        }
    }
}
