namespace MemoryWall.Analysis.Telemetry;

/// <summary>Where <see cref="PhaseVerdicts"/> draws its lines. The defaults are judgement, chosen so that a verdict is given late rather
/// than wrongly; each verdict names the readings and the line.</summary>
internal sealed record VerdictThresholds
{
    /// <summary>Least samples inside a phase for any verdict. Default 3.</summary>
    public int MinSamples { get; init; } = 3;

    /// <summary>Least share of a phase that its samples cover. Default 0.5.</summary>
    public double MinCoverage { get; init; } = 0.5;

    /// <summary>Share of the usable cores that the server keeps busy to be bound by them. Default 0.8.</summary>
    public double BusyCoreShare { get; init; } = 0.8;

    /// <summary>MBU from which memory bandwidth is the limit. Default 0.6: llama.cpp reaches 0.6 to 0.9 of a streaming read when nothing
    /// else holds it up.</summary>
    public double Mbu { get; init; } = 0.6;

    /// <summary>MFU from which arithmetic is the limit. Default 0.4: matrix kernels on quantised weights reach 0.4 to 0.8 of the f32
    /// rate.</summary>
    public double Mfu { get; init; } = 0.4;

    /// <summary>Bytes per second swapped in or re-read after having been dropped, from which faults count. Default 4 MiB/s.</summary>
    public double FaultBytesPerSecond { get; init; } = 4 << 20;

    /// <summary>Bytes per second from storage, from which it counts. Default 4 MiB/s.</summary>
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

    /// <summary>Share of the machine's logical processors that others than server and engine use to be a disturbance. Default
    /// 0.1.</summary>
    public double InterferenceCoreShare { get; init; } = 0.1;

    /// <summary>Share of the machine's logical processors taken away by the hypervisor to be a disturbance. Default 0.02.</summary>
    public double StealShare { get; init; } = 0.02;

    /// <summary>Utilisation of an accelerator from which it is the limit. Default 0.9.</summary>
    public double GpuBusy { get; init; } = 0.9;

    /// <summary>Memory utilisation of a busy accelerator from which its bandwidth is the limit. Default 0.6.</summary>
    public double GpuMemoryBusy { get; init; } = 0.6;
}
