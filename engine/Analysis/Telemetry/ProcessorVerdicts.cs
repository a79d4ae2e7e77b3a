using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Facts;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>Whether arithmetic or memory bandwidth limited a phase.</summary>
internal static class ProcessorVerdicts
{
    public static PhaseVerdict Evaluate(PhaseTelemetry phase, MachineFacts machine, double? mbu, double? mfu, PhaseRules thresholds)
    {
        var evidence = new List<Evidence>();
        var share = ServerCoreShare(phase, machine, evidence, thresholds);
        var busy = share >= thresholds.BusyCoreShare;
        if (EvaluateGpu(phase, busy, thresholds) is { } gpu)
            return gpu;
        Add(evidence, "MBU", mbu, thresholds.Mbu,
            "bytes read per second, relative to the measured RAM bandwidth (above 100%: they come from the caches)");
        Add(evidence, "MFU", mfu, thresholds.Mfu,
            "operations per second, relative to the measured peak (above 100%: the server's kernels are faster than the probe)");
        // Above 1 a ceiling is wrong, and something else limited a server that was mostly idle.
        var ran = !(share < thresholds.BusyCoreShare / 2);
        if (ran && mbu >= thresholds.Mbu && mbu <= 1 && !(mfu > mbu))
            return new PhaseVerdict(PhaseLimit.MemoryBandwidth, "Limited by memory bandwidth.", evidence);
        if (ran && mfu >= thresholds.Mfu && mfu <= 1)
            return new PhaseVerdict(PhaseLimit.Compute, "Limited by arithmetic (compute-bound).", evidence);
        if (!busy)
            return new PhaseVerdict(PhaseLimit.Unclear, DescribeUnclear(share is null ? null : evidence[0]), evidence);
        return (mbu, mfu) switch
        {
            (null, null) =>
                new PhaseVerdict(PhaseLimit.Processor,
                    "Limited by the processors; without measured ceilings, arithmetic and memory bandwidth cannot be separated.", evidence),
            ( > 1, _) or (_, > 1) =>
                new PhaseVerdict(PhaseLimit.Processor, "Limited by the processors, beyond a ceiling that the probe measured.", evidence),
            _ => new PhaseVerdict(PhaseLimit.Processor,
                "Limited by the processors, far below the measured ceilings: by latency, by synchronisation or by slow kernels.",
                evidence),
        };
    }

    private static string DescribeUnclear(Evidence? cores) => cores is null
        ? "No bottleneck found."
        : $"No bottleneck found: the server used {ShareFormat.Percent(cores.Value)} of the cores "
            + $"({ShareFormat.Percent(cores.Threshold)} would mean compute-bound).";

    // A lower bound: CPU time is counted in steps, and the largest error of the steps is subtracted, so that a step or two in a short phase
    // do not look like busy cores.
    private static double? ServerCoreShare(PhaseTelemetry phase, MachineFacts machine, List<Evidence> evidence,
        PhaseRules thresholds)
    {
        if (machine.AvailableCores is not > 0 || phase.Counter("server_cpu_user_seconds_total") is not { } user
            || phase.Counter("server_cpu_system_seconds_total") is not { } system)
            return null;
        var share = (user.PerSecond + system.PerSecond) / machine.AvailableCores.Value;
        evidence.Add(new Evidence("share of the usable cores that the server used", share, "", thresholds.BusyCoreShare));
        return share - CpuTimeResolution.MaxErrorSeconds(phase) / user.CoveredTime.TotalSeconds / machine.AvailableCores.Value;
    }

    private static void Add(List<Evidence> evidence, string name, double? value, double threshold, string beyond)
    {
        if (value is { } known)
            evidence.Add(known <= 1 ? new Evidence(name, known, "", threshold) : new Evidence(beyond, known, "", null));
    }

    // Utilisation is the share of time in which anything ran on a device, not its load; memory utilisation separates the two limits.
    private static PhaseVerdict? EvaluateGpu(PhaseTelemetry phase, bool coresAreBusy, PhaseRules thresholds)
    {
        foreach (var column in AcceleratorCheck.Columns(phase.Schema, "_utilization_ratio"))
        {
            var gpu = column[..^"_utilization_ratio".Length];
            if (phase.Gauge(column) is not { } busy || busy.Mean < thresholds.GpuBusy)
                continue;
            // A server that keeps the cores busy and has no memory on the device does not use it: the device works for another process.
            if (coresAreBusy && phase.Gauge($"{gpu}_server_memory_bytes")?.Peak is not > 0)
                continue;
            List<Evidence> evidence = [new($"share of time in which {gpu} was busy", busy.Mean, "", thresholds.GpuBusy)];
            if (phase.Gauge($"{gpu}_memory_busy_ratio") is not { } memory)
                return new PhaseVerdict(PhaseLimit.Processor,
                    "Limited by the accelerator; it does not report whether by arithmetic or by memory bandwidth.", evidence);
            evidence.Add(new Evidence($"share of time in which the memory of {gpu} was busy", memory.Mean, "", thresholds.GpuMemoryBusy));
            return memory.Mean >= thresholds.GpuMemoryBusy
                ? new PhaseVerdict(PhaseLimit.MemoryBandwidth, "Limited by the accelerator's memory bandwidth.", evidence)
                : new PhaseVerdict(PhaseLimit.Compute, "Limited by arithmetic on the accelerator.", evidence);
        }
        return null;
    }
}
