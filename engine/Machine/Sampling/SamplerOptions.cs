using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Probes;

namespace MemoryWall.Machine.Sampling;

/// <summary>How a machine is sampled.</summary>
internal sealed record SamplerOptions
{
    /// <summary>Time between two samples. Default 100 ms (10 Hz); at least <see cref="BurstInterval"/>.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Time between two samples during a burst. Default 10 ms (100 Hz); at least 5 ms. Windows' timer may tick only every 15.6 ms;
    /// skipped points count as missed.</summary>
    public TimeSpan BurstInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The model's file, to find the disk that stores it; null where there is none on this machine.</summary>
    public string? ModelPath { get; init; }

    /// <summary>The folder of the storage tier, to name its disk; null without one.</summary>
    public string? TierFolder { get; init; }

    /// <summary>Whether a control group that is named later (a cap) gets columns of its own in addition to the server's group. Default
    /// no.</summary>
    public bool IncludeNamedCgroup { get; init; }

    /// <summary>
    /// Whether the server's proportional set size (PSS) is read: once a second, or less often where that is expensive. The kernel walks the
    /// server's page tables for it and keeps its memory-map lock meanwhile, for at most 0.2% of the time. Default yes.
    /// </summary>
    public bool IncludePss { get; init; } = true;

    /// <summary>Sources beyond this machine, whose columns follow its own; the sampler disposes of their probes. Default none.</summary>
    public IReadOnlyList<ProbeDiscovery> FurtherSources { get; init; } = [];

    /// <summary>The exporters among them; null for none.</summary>
    public IReadOnlyList<TelemetryExporter>? Exporters { get; init; }

    /// <summary>Samples kept for the live view. Default 1,024.</summary>
    public int RingCapacity { get; init; } = 1024;

    internal void Validate()
    {
        if (BurstInterval < TimeSpan.FromMilliseconds(5))
            throw new ArgumentException($"BurstInterval is {BurstInterval.TotalMilliseconds} ms; the shortest is 5 ms");
        if (Interval < BurstInterval)
            throw new ArgumentException(
                $"Interval is {Interval.TotalMilliseconds} ms; it must not be shorter than BurstInterval, "
                + $"{BurstInterval.TotalMilliseconds} ms");
        if (RingCapacity is < 16 or > 1 << 20)
            throw new ArgumentException($"RingCapacity is {RingCapacity}; it must be from 16 to 1,048,576");
    }
}
