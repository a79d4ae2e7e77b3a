namespace MemoryWall.Analysis.Rules;

/// <summary>The thresholds by which the machine's readings say what limited a phase. The defaults are judgements: rather no verdict than a
/// wrong one. Each verdict names its readings and their thresholds.</summary>
internal sealed record PhaseRules
{
    /// <summary>The fewest samples inside a phase for any verdict. Default 3.</summary>
    public int MinSamples { get; init; } = 3;

    /// <summary>The smallest share of a phase that its samples must cover. Default 0.5.</summary>
    public double MinCoverage { get; init; } = 0.5;

    /// <summary>Share of the usable cores from which the server counts as limited by them. Default 0.8.</summary>
    public double BusyCoreShare { get; init; } = 0.8;

    /// <summary>MBU from which memory bandwidth is the limit. Default 0.6: llama.cpp reaches 0.6 to 0.9 of a streaming read when nothing
    /// else limits it.</summary>
    public double Mbu { get; init; } = 0.6;

    /// <summary>MFU from which arithmetic is the limit. Default 0.4: matrix kernels on quantised weights reach 0.4 to 0.8 of the f32
    /// rate.</summary>
    public double Mfu { get; init; } = 0.4;

    /// <summary>Bytes per second swapped in or read again after they were dropped, from which faults count. Default 4 MiB/s.</summary>
    public double FaultBytesPerSecond { get; init; } = 4 << 20;

    /// <summary>Bytes per second read from storage, from which storage counts. Default 4 MiB/s.</summary>
    public double StorageBytesPerSecond { get; init; } = 4 << 20;

    /// <summary>Share of the time that tasks waited (pressure stall), or that the kernel took of the server's CPU time, to call faults the
    /// limit. Default 0.1 and 0.3.</summary>
    public double MemoryPressure { get; init; } = 0.1;

    /// <summary>Kernel's share of the server's CPU time, where there is no pressure information. Default 0.3.</summary>
    public double SystemShare { get; init; } = 0.3;

    /// <summary>Share of the time that the model's disk is busy, or that tasks wait for a disk, to call storage the limit. Default
    /// 0.5.</summary>
    public double DiskBusy { get; init; } = 0.5;

    /// <summary>Throttle events per second of the processors from which they count. Default 1.</summary>
    public double ThrottleEventsPerSecond { get; init; } = 1;

    /// <summary>Share of the machine's logical processors used by programs other than server and engine that counts as interference.
    /// Default 0.1.</summary>
    public double InterferenceCoreShare { get; init; } = 0.1;

    /// <summary>Share of the machine's logical processors taken by the hypervisor that counts as interference. Default 0.02.</summary>
    public double StealShare { get; init; } = 0.02;

    /// <summary>Utilisation of an accelerator from which it is the limit. Default 0.9.</summary>
    public double GpuBusy { get; init; } = 0.9;

    /// <summary>Memory utilisation of a busy accelerator from which its bandwidth is the limit. Default 0.6.</summary>
    public double GpuMemoryBusy { get; init; } = 0.6;

    /// <summary>Mean utilisation of an accelerator from which it was in use. Default 0.1: drawing a desktop uses less.</summary>
    public double GpuInUse { get; init; } = 0.1;

    /// <summary>The smallest share of a phase that samples of its power must cover, because their mean represents the whole phase. Default
    /// 0.5.</summary>
    public double MinEnergyCoverage { get; init; } = 0.5;
}
