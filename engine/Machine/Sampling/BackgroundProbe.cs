using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Machine.Probes;

namespace MemoryWall.Machine.Sampling;

/// <summary>
/// Reads a probe that may block on a thread of its own. Each reading goes once into the first sample after it, if it is still fresh then;
/// a column contains its age. A probe that hangs loses its own columns only.
/// </summary>
internal sealed class BackgroundProbe : IDisposable
{
    private readonly Lock _lock = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly IProbe _probe;
    private readonly RunClock _clock;
    private readonly TimeSpan _period;
    private readonly TimeSpan _freshness;
    private readonly double[] _published;
    private readonly double[] _reading;
    private readonly Thread _thread;
    private volatile string? _failure;
    private Instant _readAt;
    private bool _unread;

    public BackgroundProbe(IProbe probe, RunClock clock)
    {
        _probe = probe;
        _clock = clock;
        _period = probe.Period;
        _freshness = TimeSpan.FromSeconds(Math.Max(1, 2 * _period.TotalSeconds));
        _published = new double[probe.Columns.Count];
        _reading = new double[probe.Columns.Count];
        Columns = [.. probe.Columns, new TelemetryColumn($"{probe.Name}_age_seconds", MetricKind.Gauge, probe.Name,
            "How long before this sample the values of this probe were read.")];
        _thread = new Thread(Loop) { IsBackground = true, Name = $"telemetry {probe.Name}" };
    }

    public IReadOnlyList<TelemetryColumn> Columns { get; }

    /// <summary>Why the probe is no longer read; null while it is read.</summary>
    public string? Failure => _failure;

    public void Start() => _thread.Start();

    /// <summary>Copies a reading into the row if it is new and fresh; otherwise its values stay absent.</summary>
    public void WriteUnread(Span<double> row, Instant now)
    {
        lock (_lock)
        {
            if (!_unread)
                return;
            _unread = false;
            var age = now.Since(_readAt);
            if (age > _freshness)
                return;
            _published.CopyTo(row);
            row[_published.Length] = age.TotalSeconds;
        }
    }

    /// <summary>Stops the thread without waiting for it. A thread that hangs in a driver disposes of its probe when it
    /// returns.</summary>
    public void Dispose()
    {
        _stop.Set();
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted))
            _probe.Dispose();
    }

    private void Loop()
    {
        try
        {
            while (!_stop.IsSet)
                ReadOnce();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Drivers and their libraries may throw anything, and an exception on this thread would end the observed run.
            _failure = $"{_probe.Name} is no longer read: {e.GetType().Name}: {e.Message}";
        }
        _probe.Dispose();
    }

    private void ReadOnce()
    {
        var started = _clock.Now;
        _reading.AsSpan().Fill(double.NaN);
        _probe.Read(_reading);
        var ended = _clock.Now;
        lock (_lock)
        {
            _reading.CopyTo(_published, 0);
            // The time stamp is the middle of the reading, so its error is at most half the duration of the reading.
            _readAt = new Instant(started.Nanoseconds + (ended.Nanoseconds - started.Nanoseconds) / 2);
            _unread = true;
        }
        var pause = _period - ended.Since(started);
        _stop.Wait(pause > TimeSpan.Zero ? pause : TimeSpan.FromMilliseconds(1));
    }
}
