using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Machine;
using MemoryWall.Machine.Sampling;
using MemoryWall.Runs;

namespace MemoryWall.Sweeps;

/// <summary>
/// Watches the machine from before the first trial to after the last. Rows that come before the run has a folder are kept until it has: the
/// idle machine is what energy is measured against.
/// </summary>
internal sealed class TelemetryRecorder : IDisposable
{
    // A minute at the default rate; a preflight that takes longer loses its beginning, not its end.
    private const int MaxBufferedSamples = 600;

    // Drivers average power over up to a second.
    private static readonly TimeSpan s_idleDuration = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly List<TelemetrySample> _bufferedSamples = [];
    private TelemetryCsvWriter? _writer;
    private string? _directory;
    private string? _problem;

    private TelemetryRecorder(RunClock clock, SamplerOptions options) => Sampler = MachineSampler.Start(clock, options, OnSamples);

    public Sampler Sampler { get; }

    /// <summary>Why rows could not be stored; null where they could. The run goes on without them.</summary>
    public string? Problem
    {
        get
        {
            lock (_gate)
                return _problem;
        }
    }

    /// <summary>Starts to watch; null where the settings say not to.</summary>
    public static TelemetryRecorder? Start(RunClock clock, SweepSettings settings, string? modelPath) =>
        settings.TelemetryInterval is { } interval
            ? new TelemetryRecorder(clock, new SamplerOptions { Interval = interval, ModelPath = modelPath })
            : null;

    /// <summary>Stores what was kept, and from now on every row.</summary>
    public void StartWriting(string runDirectory)
    {
        lock (_gate)
        {
            _directory = runDirectory;
            _writer = TelemetryCsvWriter.Create(runDirectory, Sampler.Schema);
            _writer.Write(_bufferedSamples);
            _bufferedSamples.Clear();
        }
    }

    /// <summary>Waits where a source of power is read, so that there is an idle power to subtract from that of phases; not at all where
    /// there is none.</summary>
    public async Task RecordIdleAsync(CancellationToken cancellation)
    {
        if (PhaseEnergy.HasPowerColumns(Sampler.Schema))
            await Task.Delay(s_idleDuration, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Stops to watch and stores what is long compactly, while the run is still held by this process.</summary>
    /// <returns>In sentences, what could not be done.</returns>
    public IReadOnlyList<string> StopAndCompact()
    {
        Dispose();
        return _directory is null ? [] : TelemetryFiles.Compact(_directory);
    }

    public void Dispose()
    {
        Sampler.Dispose();
        lock (_gate)
        {
            _writer?.Dispose();
            _writer = null;
        }
    }

    private void OnSamples(IReadOnlyList<TelemetrySample> samples)
    {
        lock (_gate)
        {
            if (_writer is null)
            {
                _bufferedSamples.AddRange(samples);
                _bufferedSamples.RemoveRange(0, Math.Max(0, _bufferedSamples.Count - MaxBufferedSamples));
                return;
            }
            if (_problem is not null)
                return;
            try
            {
                _writer.Write(samples);
            }
            catch (StoreException error)
            {
                // Trials matter more than their telemetry: the next trial's own row tells whether the disk is gone for good.
                _problem = error.Message;
            }
        }
    }
}
