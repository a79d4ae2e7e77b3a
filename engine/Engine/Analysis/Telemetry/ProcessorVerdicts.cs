using MemoryWall.Facts;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>Whether a phase was held up by arithmetic or by the bandwidth of memory.</summary>
internal static class ProcessorVerdicts
{
    public static PhaseVerdict Of(PhaseTelemetry phase, MachineFacts machine, double? mbu, double? mfu, VerdictThresholds lines)
    {
        if (Gpu(phase, lines) is { } gpu)
            return gpu;
        var evidence = new List<Evidence>();
        var cores = phase.Rate("server_cpu_user_seconds_total") + phase.Rate("server_cpu_system_seconds_total");
        var busy = machine.AvailableCores > 0 ? cores / machine.AvailableCores : null;
        if (busy is { } share)
            evidence.Add(new Evidence("share of the usable cores that the server kept busy", share, "", lines.BusyCores));
        if (mbu is { } bandwidth)
            evidence.Add(new Evidence("MBU", bandwidth, "", lines.Mbu));
        if (mfu is { } arithmetic)
            evidence.Add(new Evidence("MFU", arithmetic, "", lines.Mfu));
        if (mbu >= lines.Mbu && !(mfu > mbu))
            return new PhaseVerdict(PhaseLimit.MemoryBandwidth, "Bound by the bandwidth of memory.", evidence);
        if (mfu >= lines.Mfu)
            return new PhaseVerdict(PhaseLimit.Compute, "Bound by arithmetic.", evidence);
        if (!(busy >= lines.BusyCores))
            return new PhaseVerdict(PhaseLimit.Unclear, "No limit was reached that the readings show.", evidence);
        return mbu is null && mfu is null
            ? new PhaseVerdict(PhaseLimit.Processor, "Bound by the processors; whether by arithmetic or by memory is not told apart without ceilings.", evidence)
            : new PhaseVerdict(PhaseLimit.Processor, "Bound by the processors, far from the measured ceilings: by latency, synchronisation or kernels that do not reach them.", evidence);
    }

    // Utilisation tells in how much of the time something ran on a device, not how full it was; memory utilisation tells the two limits apart.
    private static PhaseVerdict? Gpu(PhaseTelemetry phase, VerdictThresholds lines)
    {
        foreach (var column in phase.Schema.Columns.Where(c => c.Name.Contains("gpu", StringComparison.Ordinal) && c.Name.EndsWith("_utilization_ratio", StringComparison.Ordinal)))
        {
            var gpu = column.Name[..^"_utilization_ratio".Length];
            if (phase.Gauge(column.Name) is not { } busy || busy.Mean < lines.GpuBusy)
                continue;
            List<Evidence> evidence = [new($"{gpu} busy, share of the time", busy.Mean, "", lines.GpuBusy)];
            if (phase.Gauge($"{gpu}_memory_busy_ratio") is not { } memory)
                return new PhaseVerdict(PhaseLimit.Processor, "Bound by the accelerator; whether by arithmetic or by its memory is not told.", evidence);
            evidence.Add(new Evidence($"{gpu} memory busy, share of the time", memory.Mean, "", lines.GpuMemoryBusy));
            return memory.Mean >= lines.GpuMemoryBusy
                ? new PhaseVerdict(PhaseLimit.MemoryBandwidth, "Bound by the bandwidth of the accelerator's memory.", evidence)
                : new PhaseVerdict(PhaseLimit.Compute, "Bound by arithmetic on the accelerator.", evidence);
        }
        return null;
    }
}
