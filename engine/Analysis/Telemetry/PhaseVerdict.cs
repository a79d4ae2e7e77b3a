namespace MemoryWall.Analysis.Telemetry;

/// <summary>What limited a phase.</summary>
public enum PhaseLimit
{
    /// <summary>Unknown: there are too few samples, or no reading reached its threshold.</summary>
    Unclear,

    /// <summary>Arithmetic.</summary>
    Compute,

    /// <summary>Memory bandwidth.</summary>
    MemoryBandwidth,

    /// <summary>The processors; without MFU, arithmetic and bandwidth cannot be separated.</summary>
    Processor,

    /// <summary>Page faults: pages read back from swap or storage.</summary>
    Faults,

    /// <summary>Reading from storage.</summary>
    Storage,

    /// <summary>Throttling of the processors or the accelerator because of heat or power.</summary>
    Throttling,

    /// <summary>Other work on the machine. It is reported in addition to the limit.</summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("neighbour")]
    Interference,
}

/// <summary>The conclusion about a phase: the limit, and how it was found.</summary>
internal enum PhaseFinding
{
    /// <summary>The phase is too short for the sampling rate.</summary>
    TooFewSamples,

    /// <summary>No process of the server was watched, so this machine's readings are unrelated to it.</summary>
    ServerNotWatched,

    /// <summary>No reading reached its threshold.</summary>
    NoBottleneck,

    /// <summary>Memory bandwidth, by MBU.</summary>
    MemoryBandwidth,

    /// <summary>Arithmetic, by MFU.</summary>
    Arithmetic,

    /// <summary>The processors; there are no measured ceilings that would separate arithmetic from bandwidth.</summary>
    ProcessorsWithoutCeilings,

    /// <summary>The processors, beyond a ceiling that the probe measured.</summary>
    ProcessorsBeyondCeiling,

    /// <summary>The processors, far below the measured ceilings: by latency, synchronisation or slow kernels.</summary>
    ProcessorsBelowCeilings,

    /// <summary>The accelerator, which does not report whether arithmetic or bandwidth limits it.</summary>
    Accelerator,

    /// <summary>The accelerator's memory bandwidth.</summary>
    AcceleratorBandwidth,

    /// <summary>Arithmetic on the accelerator.</summary>
    AcceleratorArithmetic,

    /// <summary>Page faults: pages that were dropped or swapped out had to be read again.</summary>
    PageFaults,

    /// <summary>The server read from a disk that was busy most of the time.</summary>
    Storage,

    /// <summary>Heat or power throttled the processors or the accelerator.</summary>
    Throttled,

    /// <summary>Other programs or the hypervisor used the processors.</summary>
    OtherWork,

    /// <summary>Processors and an accelerator were busy, and which of them the server used is unknown.</summary>
    SeveralBusy,
}

/// <summary>What limited a phase, and what that rests on.</summary>
public sealed record PhaseVerdict
{
    internal PhaseVerdict(PhaseFinding finding, IReadOnlyList<Evidence> evidence) => (Finding, Evidence) = (finding, evidence);

    /// <summary>The limit.</summary>
    public PhaseLimit Limit => Finding switch
    {
        PhaseFinding.MemoryBandwidth or PhaseFinding.AcceleratorBandwidth => PhaseLimit.MemoryBandwidth,
        PhaseFinding.Arithmetic or PhaseFinding.AcceleratorArithmetic => PhaseLimit.Compute,
        PhaseFinding.ProcessorsWithoutCeilings or PhaseFinding.ProcessorsBeyondCeiling or PhaseFinding.ProcessorsBelowCeilings
            or PhaseFinding.Accelerator => PhaseLimit.Processor,
        PhaseFinding.PageFaults => PhaseLimit.Faults,
        PhaseFinding.Storage => PhaseLimit.Storage,
        PhaseFinding.Throttled => PhaseLimit.Throttling,
        PhaseFinding.OtherWork => PhaseLimit.Interference,
        _ => PhaseLimit.Unclear,
    };

    /// <summary>The readings that it rests on; for <see cref="PhaseLimit.Unclear"/> those that were examined.</summary>
    public IReadOnlyList<Evidence> Evidence { get; }

    /// <summary>Whether the readings are those of exporters: of the whole machine, at most one in a second.</summary>
    public bool IsSeenThroughExporter { get; internal init; }

    /// <summary>The conclusion.</summary>
    internal PhaseFinding Finding { get; }
}
