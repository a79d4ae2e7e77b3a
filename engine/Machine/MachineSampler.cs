using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Machine;

/// <summary>Starts a sampler with all probes of this machine.</summary>
internal static class MachineSampler
{
    /// <summary>Starts to sample this machine.</summary>
    /// <param name="clock">The run's clock.</param>
    /// <param name="options">The sampling intervals and the optional columns; null for the defaults.</param>
    /// <param name="sink">
    /// Receives all samples in order, in batches about twice a second, on a thread of the sampler; null where only the live view is
    /// needed. <see cref="Sampler.Statistics"/> keeps the first exception that it throws.
    /// </param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static Sampler Start(RunClock clock, SamplerOptions? options = null, Action<IReadOnlyList<TelemetrySample>>? sink = null)
    {
        options ??= new SamplerOptions();
        options.Validate();
        var watch = new ServerWatch(ProcessTables.TryOpen());
        var (discoveries, devices) = PlatformProbes.Discover(options, watch);
        var sampler = new Sampler(clock, options, watch, [.. discoveries, .. options.FurtherSources], devices, sink);
        sampler.StartThreads();
        return sampler;
    }
}
