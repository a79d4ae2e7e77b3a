using MemoryWall.Core.Facts;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>Whether a phase was held up by arithmetic or by the bandwidth of memory.</summary>
internal static class ProcessorVerdicts
{
    public static PhaseVerdict Evaluate(PhaseTelemetry phase, MachineFacts machine, double? mbu, double? mfu, VerdictThresholds thresholds)
    {
        var evidence = new List<Evidence>();
        var share = ServerCoreShare(phase, machine, evidence, thresholds);
        var busy = share >= thresholds.BusyCoreShare;
        if (EvaluateGpu(phase, busy, thresholds) is { } gpu)
            return gpu;
        Add(evidence, "MBU", mbu, thresholds.Mbu,
            "bytes touched a second, as a multiple of what RAM gave in the probe: they come from the caches");
        Add(evidence, "MFU", mfu, thresholds.Mfu,
            "operations a second, as a multiple of what the probe reached: the server's kernels do more than its loop");
        // Above 1 a ceiling does not hold, and a server that was mostly not running was held up by something else.
        var ran = !(share < thresholds.BusyCoreShare / 2);
        if (ran && mbu >= thresholds.Mbu && mbu <= 1 && !(mfu > mbu))
            return new PhaseVerdict(PhaseLimit.MemoryBandwidth, "Bound by the bandwidth of memory.", evidence);
        if (ran && mfu >= thresholds.Mfu && mfu <= 1)
            return new PhaseVerdict(PhaseLimit.Compute, "Bound by arithmetic.", evidence);
        if (!busy)
            return new PhaseVerdict(PhaseLimit.Unclear, "No limit was reached that the readings show.", evidence);
        return (mbu, mfu) switch
        {
            (null, null) =>
                new PhaseVerdict(PhaseLimit.Processor,
                    "Bound by the processors; whether by arithmetic or by memory is not told apart without ceilings.", evidence),
            ( > 1, _) or (_, > 1) =>
                new PhaseVerdict(PhaseLimit.Processor, "Bound by the processors, beyond a ceiling that the probe measured.", evidence),
            _ => new PhaseVerdict(PhaseLimit.Processor,
                "Bound by the processors, far from the measured ceilings: by latency, synchronisation or kernels that do not reach them.",
                evidence),
        };
    }

    // At least: CPU time moves in steps, and what they may be off by is taken off, so that a step or two in a short phase do not look like
    // busy cores.
    private static double? ServerCoreShare(PhaseTelemetry phase, MachineFacts machine, List<Evidence> evidence,
        VerdictThresholds thresholds)
    {
        if (machine.AvailableCores is not > 0 || phase.Counter("server_cpu_user_seconds_total") is not { } user
            || phase.Counter("server_cpu_system_seconds_total") is not { } system)
            return null;
        var share = (user.PerSecond + system.PerSecond) / machine.AvailableCores.Value;
        evidence.Add(new Evidence("share of the usable cores that the server kept busy", share, "", thresholds.BusyCoreShare));
        return share - CpuTimeResolution.MaxErrorSeconds(phase) / user.CoveredTime.TotalSeconds / machine.AvailableCores.Value;
    }

    private static void Add(List<Evidence> evidence, string name, double? value, double threshold, string beyond)
    {
        if (value is { } known)
            evidence.Add(known <= 1 ? new Evidence(name, known, "", threshold) : new Evidence(beyond, known, "", null));
    }

    // Utilisation tells in how much of the time something ran on a device, not how full it was; memory utilisation tells the two limits
    // apart.
    private static PhaseVerdict? EvaluateGpu(PhaseTelemetry phase, bool coresAreBusy, VerdictThresholds thresholds)
    {
        foreach (var column in AcceleratorCheck.Columns(phase.Schema, "_utilization_ratio"))
        {
            var gpu = column[..^"_utilization_ratio".Length];
            if (phase.Gauge(column) is not { } busy || busy.Mean < thresholds.GpuBusy)
                continue;
            // A server that keeps the cores busy and is not seen to hold memory there: the device works for somebody else.
            if (coresAreBusy && phase.Gauge($"{gpu}_server_memory_bytes")?.Peak is not > 0)
                continue;
            List<Evidence> evidence = [new($"{gpu} busy, share of the time", busy.Mean, "", thresholds.GpuBusy)];
            if (phase.Gauge($"{gpu}_memory_busy_ratio") is not { } memory)
                return new PhaseVerdict(PhaseLimit.Processor,
                    "Bound by the accelerator; whether by arithmetic or by its memory is not told.", evidence);
            evidence.Add(new Evidence($"{gpu} memory busy, share of the time", memory.Mean, "", thresholds.GpuMemoryBusy));
            return memory.Mean >= thresholds.GpuMemoryBusy
                ? new PhaseVerdict(PhaseLimit.MemoryBandwidth, "Bound by the bandwidth of the accelerator's memory.", evidence)
                : new PhaseVerdict(PhaseLimit.Compute, "Bound by arithmetic on the accelerator.", evidence);
        }
        return null;
    }
}
