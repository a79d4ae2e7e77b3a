using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Machine;
using MemoryWall.Machine.Sampling;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Telemetry;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Sweeps.Recording;

/// <summary>
/// Records telemetry from before the first trial to after the last. Samples that arrive before the run has a folder are buffered: the
/// energy of a phase is measured against the idle machine.
/// </summary>
internal sealed class TelemetryRecorder : IDisposable
{
    // A minute at the default rate; of a longer preflight the oldest samples are dropped.
    private const int MaxBufferedSamples = 600;

    // Drivers average power over up to one second.
    private static readonly TimeSpan s_idleDuration = TimeSpan.FromSeconds(2);

    // Three scrapes, at one a second.
    private static readonly TimeSpan s_idleDurationOfExporters = TimeSpan.FromSeconds(4);

    private readonly Lock _gate = new();
    private readonly List<TelemetrySample> _bufferedSamples = [];
    private readonly ExporterSources _exporters;
    private TelemetryCsvWriter? _writer;
    private string? _directory;
    private string? _problem;

    private TelemetryRecorder(RunClock clock, SamplerOptions options, ExporterSources exporters)
    {
        _exporters = exporters;
        Sampler = MachineSampler.Start(clock,
            options with { FurtherSources = exporters.Sources, Exporters = exporters.Described }, OnSamples);
    }

    /// <summary>Reads the machine.</summary>
    public Sampler Sampler { get; }

    /// <summary>Starts the sampler; null where telemetry is off.</summary>
    /// <param name="clock">The run's clock.</param>
    /// <param name="settings">How often the machine is sampled.</param>
    /// <param name="exporters">What is read beyond this machine.</param>
    /// <param name="options">The files of the run's model and tier, to find their disks.</param>
    public static TelemetryRecorder? Start(RunClock clock, SweepSettings settings, ExporterSources exporters, SamplerOptions options) =>
        settings.TelemetryInterval is { } interval
            ? new TelemetryRecorder(clock, options with { Interval = interval }, exporters)
            : null;

    /// <summary>Writes the buffered samples, and from now on every sample.</summary>
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

    /// <summary>Waits where a power source is read, so that there is an idle power to subtract from the power of phases.</summary>
    public async Task RecordIdleAsync(CancellationToken cancellation)
    {
        TimeSpan? idle = PhaseEnergy.HasPowerColumnsOfExporters(Sampler.Schema) ? s_idleDurationOfExporters
            : PhaseEnergy.HasPowerColumns(Sampler.Schema) ? s_idleDuration : null;
        if (idle is { } duration)
            await Task.Delay(duration, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Ends the recording, compacts long telemetry while this process still owns the run, and logs how well sampling
    /// went.</summary>
    public void Finish(RunLog log)
    {
        var statistics = Sampler.Statistics;
        var message = FormattableString.Invariant(
            $"{statistics.Samples} readings stored, {statistics.Missed} skipped, {statistics.Lost} lost; ")
            + FormattableString.Invariant($"the sampler used {statistics.CpuTime?.TotalSeconds:0.###} s of CPU time");
        // Gaps in the timeline are shown to the user too.
        if (statistics.Missed + statistics.Lost > 0)
            log.StoreAndShow("sampled", message);
        else
            log.Store("sampled", message);
        foreach (var exporter in _exporters.Probes)
        {
            if (exporter.HasGaps)
                log.StoreAndShow("exporter", exporter.Describe());
            else
                log.Store("exporter", exporter.Describe());
        }
        if (statistics.ProbeFailure is { } failure)
            log.StoreAndShow("note", $"telemetry: {failure}");
        if (ReadProblem() is { } problem)
            log.StoreAndShow("note", $"telemetry could not be stored to the end: {problem}");
        Dispose();
        foreach (var note in _directory is null ? [] : TelemetryFiles.Compact(_directory))
            log.StoreAndShow("note", note);
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

    // Why samples could not be stored; null where they could.
    private string? ReadProblem()
    {
        lock (_gate)
            return _problem;
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
                // Trials are more important than telemetry, so the run continues. The next trial's row shows whether the disk still works.
                _problem = error.Message;
            }
        }
    }
}
