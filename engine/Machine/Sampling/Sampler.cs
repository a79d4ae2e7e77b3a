using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Probes;
using MemoryWall.Machine.Processes;

namespace MemoryWall.Machine.Sampling;

/// <summary>
/// Samples the machine on a run's clock: one thread reads the probes at fixed times and stamps each row. Another thread passes the samples
/// on in batches, so that a slow receiver never delays a reading. Safe for use from several threads.
/// </summary>
internal sealed class Sampler : IDisposable
{
    private static readonly TimeSpan s_flushPeriod = TimeSpan.FromMilliseconds(500);
    private readonly SamplerOptions _options;
    private readonly RunClock _clock;
    private readonly ProbeSet _probes;
    private readonly SampleRing _ring;
    private readonly SampleFeed _feed;
    private readonly ServerWatch _watch;
    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private readonly Thread _flusher;
    private readonly double[] _row;
    private SampleSchedule _schedule;
    private long _burstUntil = long.MinValue;
    private bool _bursting;
    private long _cpuNanoseconds = -1;
    private long _missed;
    private volatile bool _stopping;

    internal Sampler(RunClock clock, SamplerOptions options, ServerWatch watch, IReadOnlyList<ProbeDiscovery> discovered,
        IReadOnlyDictionary<string, string> devices, Action<IReadOnlyList<TelemetrySample>>? sink)
    {
        options.Validate();
        _options = options;
        _clock = clock;
        _watch = watch;
        _probes = new ProbeSet(discovered.Select(o => o.Probe).OfType<IProbe>(), clock);
        Schema = new TelemetrySchema
        {
            Columns = [.. SelfColumns, .. _probes.Columns],
            Absent = [.. discovered.Select(o => o.Absent).OfType<UnavailableSource>()],
            Devices = devices,
            Exporters = options.Exporters,
        };
        _row = new double[Schema.Columns.Count];
        _ring = new SampleRing(options.RingCapacity, _row.Length);
        _feed = new SampleFeed(_ring, sink);
        _schedule = new SampleSchedule(clock.Now);
        _thread = new Thread(SampleLoop) { IsBackground = true, Name = "telemetry", Priority = ThreadPriority.AboveNormal };
        _flusher = new Thread(FlushLoop) { IsBackground = true, Name = "telemetry feed" };
    }

    /// <summary>The columns and the absent sources; fixed when sampling starts.</summary>
    public TelemetrySchema Schema { get; }

    /// <summary>Counts of the sampler itself.</summary>
    public SamplerStatistics Statistics => new(_ring.Written, Interlocked.Read(ref _missed), _feed.Lost,
        Interlocked.Read(ref _cpuNanoseconds) is >= 0 and var cpu ? TimeSpan.FromTicks(cpu / TimeSpan.NanosecondsPerTick) : null,
        _feed.Failure, _probes.Failure);

    internal static IReadOnlyList<TelemetryColumn> SelfColumns { get; } =
    [
        new("sampler_interval_seconds", MetricKind.Gauge, "sampler",
            "Time from one sample to the next as planned when this row was read: shorter in a burst."),
        new("sampler_missed_total", MetricKind.Counter, "sampler", "Points of the sampling grid that passed without a sample."),
        new("sampler_read_seconds", MetricKind.Gauge, "sampler",
            "Time from this row's stamp to its last reading: the error of its alignment."),
        new("sampler_cpu_seconds_total", MetricKind.Counter, "sampler", "CPU time of the sampling thread."),
    ];

    /// <summary>Watches a process and its descendants as the server under test, from now on; null for none.</summary>
    /// <returns>Null, or one sentence why the process cannot be watched.</returns>
    public string? WatchProcess(int? pid) => _watch.WatchProcess(pid);

    /// <summary>Watches the process that listens on a TCP port of this machine, and its descendants, as the server under
    /// test.</summary>
    /// <returns>Null, or one sentence why no process is watched.</returns>
    public string? WatchPort(int port) => _watch.WatchPort(port);

    /// <summary>The processes of the server that are watched now; none where none is.</summary>
    public IReadOnlyList<int> ServerProcesses => _watch.Tree.Pids;

    /// <summary>Watches the control group in a folder, in the columns of the named group; null for none.</summary>
    /// <exception cref="InvalidOperationException">The sampler has no such columns: <see cref="SamplerOptions.IncludeNamedCgroup"/> is
    /// false.</exception>
    public void WatchCgroup(string? folder)
    {
        if (!_options.IncludeNamedCgroup)
            throw new InvalidOperationException(
                "the sampler has no columns for a named control group: SamplerOptions.IncludeNamedCgroup is false and must be true");
        _watch.NamedCgroup = folder;
    }

    /// <summary>Samples at the burst rate for a while and looks for new processes of the server. Never shortens a burst that is under
    /// way. Returns at once, from any thread.</summary>
    public void StartBurst(TimeSpan duration)
    {
        var until = _clock.Now.Plus(duration).Nanoseconds;
        for (var before = Interlocked.Read(ref _burstUntil); before < until;)
        {
            var seen = Interlocked.CompareExchange(ref _burstUntil, until, before);
            if (seen == before)
                break;
            before = seen;
        }
        if (_stopping)
            return;
        _wake.Set();
        _watch.RequestRefresh();
    }

    /// <summary>The last samples, oldest first, for a live view.</summary>
    public IReadOnlyList<TelemetrySample> Latest(int count) => _ring.Latest(count);

    /// <summary>Passes on all samples taken so far, on the calling thread.</summary>
    public void Flush() => _feed.Flush();

    /// <summary>Stops sampling and passes on the remaining samples.</summary>
    public void Dispose()
    {
        if (_stopping)
            return;
        _stopping = true;
        _wake.Set();
        _feed.Stop();
        foreach (var thread in new[] { _thread, _flusher })
        {
            if (!thread.ThreadState.HasFlag(ThreadState.Unstarted))
                thread.Join();
        }
        _feed.Flush();
        _probes.Dispose();
        _watch.Dispose();
        _wake.Dispose();
    }

    internal void StartThreads()
    {
        _probes.Start();
        _watch.Start();
        _thread.Start();
        _flusher.Start();
    }

    /// <summary>Takes one sample on the calling thread.</summary>
    internal void SampleOnce()
    {
        var at = _clock.Now;
        var row = _row.AsSpan();
        row.Fill(double.NaN);
        _probes.Read(row[SelfColumns.Count..], at);
        row[0] = (_bursting ? _options.BurstInterval : _options.Interval).TotalSeconds;
        row[1] = _schedule.Missed;
        row[2] = _clock.Now.Since(at).TotalSeconds;
        if (ThreadClock.CpuNanoseconds() is { } cpu)
        {
            row[3] = cpu / 1e9;
            Interlocked.Exchange(ref _cpuNanoseconds, cpu);
        }
        _ring.Write(at, row);
    }

    private void SampleLoop()
    {
        while (!_stopping)
        {
            var now = _clock.Now;
            var burst = now.Nanoseconds < Interlocked.Read(ref _burstUntil);
            if (burst != _bursting)
            {
                _bursting = burst;
                _schedule.Restart(now);
            }
            var wait = _schedule.Due.Since(now);
            if (wait > TimeSpan.Zero)
            {
                // Rounded up: a late sample has its own time stamp, whereas waking early would be a busy loop.
                _wake.WaitOne((int)Math.Ceiling(wait.TotalMilliseconds));
                continue;
            }
            SampleOnce();
            _schedule.Advance(_clock.Now, _bursting ? _options.BurstInterval : _options.Interval);
            Interlocked.Exchange(ref _missed, _schedule.Missed);
        }
    }

    private void FlushLoop()
    {
        while (!_stopping)
        {
            _feed.Wait(s_flushPeriod);
            _feed.Flush();
        }
    }
}
