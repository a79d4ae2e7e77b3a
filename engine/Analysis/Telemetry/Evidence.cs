using System.Text.Json.Serialization;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>The kind of number that a reading is.</summary>
internal enum EvidenceUnit
{
    /// <summary>A share of 1.</summary>
    Share,

    /// <summary>A number of things, or a set of bits.</summary>
    Count,

    /// <summary>Events per second.</summary>
    EventsPerSecond,

    /// <summary>Bytes per second.</summary>
    BytesPerSecond,
}

/// <summary>The readings that a conclusion about a phase can rest on.</summary>
internal enum EvidenceQuantity
{
    /// <summary>Samples inside the phase.</summary>
    Samples,

    /// <summary>The share of the phase that its samples cover.</summary>
    Coverage,

    /// <summary>The share of the usable cores that the server used.</summary>
    ServerCores,

    /// <summary>Memory bandwidth utilisation (MBU), up to 1.</summary>
    Mbu,

    /// <summary>Bytes read per second as a share of the measured bandwidth of RAM, above 1: they come from the caches.</summary>
    ReadsAboveBandwidth,

    /// <summary>Model FLOPs utilisation (MFU), up to 1.</summary>
    Mfu,

    /// <summary>Operations per second as a share of the measured peak, above 1: the server's kernels are faster than the probe.</summary>
    OperationsAbovePeak,

    /// <summary>The share of time in which an accelerator was busy.</summary>
    AcceleratorBusy,

    /// <summary>The share of time in which the memory of an accelerator was busy.</summary>
    AcceleratorMemoryBusy,

    /// <summary>Throttle events of the processors.</summary>
    ThrottleEvents,

    /// <summary>The bits by which an accelerator reports why it throttles; the source is the column.</summary>
    ThrottleBits,

    /// <summary>The share of the processors that programs other than the server and the engine used, at least.</summary>
    OtherPrograms,

    /// <summary>The share of the processors that the hypervisor took, at least.</summary>
    Steal,

    /// <summary>Bytes of pages read again after they were dropped; the source is the control group or the whole machine.</summary>
    RefaultedBytes,

    /// <summary>Bytes that the machine swapped in.</summary>
    SwappedInBytes,

    /// <summary>The share of time in which tasks waited for memory (pressure stall).</summary>
    MemoryPressure,

    /// <summary>The kernel's share of the server's CPU time, at least.</summary>
    KernelShare,

    /// <summary>Major faults of the server.</summary>
    MajorFaults,

    /// <summary>How often the server's control group reached its limit.</summary>
    LimitHits,

    /// <summary>Bytes that the server read from storage.</summary>
    ServerReads,

    /// <summary>The share of time in which a disk was busy.</summary>
    DiskBusy,

    /// <summary>The share of time in which tasks waited for a disk (pressure stall).</summary>
    DiskPressure,

    /// <summary>The share of the processors of the whole machine that any program used.</summary>
    HostCores,

    /// <summary>Major faults of the whole machine.</summary>
    HostMajorFaults,

    /// <summary>Bytes that a disk read for any program; the source is the disk.</summary>
    DiskReads,
}

/// <summary>A reading that a conclusion about a phase rests on.</summary>
public sealed record Evidence
{
    internal Evidence(EvidenceQuantity quantity, double value, double? threshold = null, string? source = null) =>
        (Quantity, Value, Threshold, Source) = (quantity, value, threshold, source);

    /// <summary>Its value: a share of 1, a number, or events or bytes per second, by its kind.</summary>
    public double Value { get; }

    /// <summary>The threshold that it is compared with, in the same unit; null where there is none.</summary>
    public double? Threshold { get; }

    /// <summary>The device, column or group that it was read from; null where its kind has only one source.</summary>
    public string? Source { get; }

    /// <summary>What was read.</summary>
    [JsonInclude]
    internal EvidenceQuantity Quantity { get; }

    /// <summary>Its unit.</summary>
    internal EvidenceUnit Unit => Quantity switch
    {
        EvidenceQuantity.Samples or EvidenceQuantity.ThrottleBits => EvidenceUnit.Count,
        EvidenceQuantity.ThrottleEvents or EvidenceQuantity.MajorFaults or EvidenceQuantity.HostMajorFaults
            or EvidenceQuantity.LimitHits => EvidenceUnit.EventsPerSecond,
        EvidenceQuantity.RefaultedBytes or EvidenceQuantity.SwappedInBytes or EvidenceQuantity.ServerReads
            or EvidenceQuantity.DiskReads => EvidenceUnit.BytesPerSecond,
        _ => EvidenceUnit.Share,
    };
}
