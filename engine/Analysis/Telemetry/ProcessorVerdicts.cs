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
        // A server that keeps the cores busy and has no memory on a device does not use it: the device works for another process.
        if (FindBusyAccelerator(phase, gpu => !busy || phase.Gauge($"{gpu}_server_memory_bytes")?.Peak > 0, thresholds) is { } accelerator)
            return accelerator;
        Add(evidence, mbu, EvidenceQuantity.Mbu, EvidenceQuantity.ReadsAboveBandwidth, thresholds.Mbu);
        Add(evidence, mfu, EvidenceQuantity.Mfu, EvidenceQuantity.OperationsAbovePeak, thresholds.Mfu);
        // Above 1 a ceiling is wrong, and something else limited a server that was mostly idle.
        var ran = !(share < thresholds.BusyCoreShare / 2);
        if (ran && mbu >= thresholds.Mbu && mbu <= 1 && !(mfu > mbu))
            return new PhaseVerdict(PhaseFinding.MemoryBandwidth, evidence);
        if (ran && mfu >= thresholds.Mfu && mfu <= 1)
            return new PhaseVerdict(PhaseFinding.Arithmetic, evidence);
        if (!busy)
            return new PhaseVerdict(PhaseFinding.NoBottleneck, evidence);
        var finding = (mbu, mfu) switch
        {
            (null, null) => PhaseFinding.ProcessorsWithoutCeilings,
            ( > 1, _) or (_, > 1) => PhaseFinding.ProcessorsBeyondCeiling,
            _ => PhaseFinding.ProcessorsBelowCeilings,
        };
        return new PhaseVerdict(finding, evidence);
    }

    // A lower bound: CPU time is counted in steps, and the largest error of the steps is subtracted, so that a step or two in a short phase
    // do not look like busy cores.
    private static double? ServerCoreShare(PhaseTelemetry phase, MachineFacts machine, List<Evidence> evidence,
        PhaseRules thresholds)
    {
        if (machine.AvailableCores is not > 0 || phase.Counter("server_cpu_user_seconds_total") is not { } user
            || phase.Counter("server_cpu_system_seconds_total") is not { } system)
            return null;
        var share = (user.PerSecond + system.PerSecond) / machine.AvailableCores.Value;
        evidence.Add(new Evidence(EvidenceQuantity.ServerCores, share, thresholds.BusyCoreShare));
        return share - CounterResolution.MaxErrorSeconds(phase) / user.CoveredTime.TotalSeconds / machine.AvailableCores.Value;
    }

    private static void Add(List<Evidence> evidence, double? value, EvidenceQuantity utilization, EvidenceQuantity beyond, double threshold)
    {
        if (value is { } known)
            evidence.Add(known <= 1 ? new Evidence(utilization, known, threshold) : new Evidence(beyond, known));
    }

    /// <summary>The verdict about the first accelerator that was busy; null where none was. Utilisation is the share of time in which
    /// anything ran on a device, not its load; memory utilisation separates the two limits.</summary>
    /// <param name="phase">The phase.</param>
    /// <param name="isUsed">Whether the server can be what a device works for.</param>
    /// <param name="thresholds">The thresholds.</param>
    public static PhaseVerdict? FindBusyAccelerator(PhaseTelemetry phase, Func<string, bool> isUsed, PhaseRules thresholds)
    {
        foreach (var column in AcceleratorCheck.Columns(phase.Schema, "_utilization_ratio"))
        {
            var gpu = column[..^"_utilization_ratio".Length];
            if (phase.Gauge(column) is not { } busy || busy.Mean < thresholds.GpuBusy || !isUsed(gpu))
                continue;
            List<Evidence> evidence = [new(EvidenceQuantity.AcceleratorBusy, busy.Mean, thresholds.GpuBusy, gpu)];
            if (phase.Gauge($"{gpu}_memory_busy_ratio") is not { } memory)
                return new PhaseVerdict(PhaseFinding.Accelerator, evidence);
            evidence.Add(new Evidence(EvidenceQuantity.AcceleratorMemoryBusy, memory.Mean, thresholds.GpuMemoryBusy, gpu));
            return new PhaseVerdict(
                memory.Mean >= thresholds.GpuMemoryBusy ? PhaseFinding.AcceleratorBandwidth : PhaseFinding.AcceleratorArithmetic, evidence);
        }
        return null;
    }
}
