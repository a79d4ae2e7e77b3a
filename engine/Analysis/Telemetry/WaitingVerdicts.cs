using MemoryWall.Analysis.Rules;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>Whether a phase waited for pages or for storage.</summary>
internal static class WaitingVerdicts
{
    // Refaults are counted in pages of 4 KiB on x86 and most Arm systems; where pages are larger the bytes are a lower bound.
    private const double PageBytes = 4096;

    // A major fault reads at most so many pages from swap (vm.page-cluster is 3 by default).
    private const double PagesPerFault = 8;

    public static IReadOnlyList<PhaseVerdict> Evaluate(PhaseTelemetry phase, PhaseRules thresholds) =>
        [.. new[] { Faults(phase, thresholds), Storage(phase, thresholds) }.OfType<PhaseVerdict>()];

    private static PhaseVerdict? Faults(PhaseTelemetry phase, PhaseRules thresholds)
    {
        // The server's own control group where it is known, otherwise the whole machine. What the whole machine moved may be the pages of
        // other programs, so it counts only if the server itself read pages back.
        var own = Refaults(phase, "server_cgroup");
        var isOwn = ReadsPagesBack(phase, own, thresholds.FaultBytesPerSecond);
        var group = own is not null ? "server_cgroup" : "host";
        var refaulted = own ?? (isOwn ? Refaults(phase, "host") : null);
        var swapped = isOwn ? phase.Rate("host_swap_in_bytes_total") : null;
        var moved = new List<Evidence>();
        Add(moved, EvidenceQuantity.RefaultedBytes, refaulted, thresholds.FaultBytesPerSecond, group);
        Add(moved, EvidenceQuantity.SwappedInBytes, swapped, thresholds.FaultBytesPerSecond);
        if (moved.Count == 0)
            return null;
        var waited = new List<Evidence>();
        var pressure = phase.Rate("server_cgroup_pressure_memory_some_seconds_total")
            ?? phase.Rate("host_pressure_memory_some_seconds_total");
        Add(waited, EvidenceQuantity.MemoryPressure, pressure, thresholds.MemoryPressure);
        Add(waited, EvidenceQuantity.KernelShare, SystemShare(phase), thresholds.SystemShare);
        if (waited.Count == 0)
            return null;
        List<Evidence> also = [];
        AddInformation(also, EvidenceQuantity.MajorFaults, phase.Rate("server_major_faults_total"));
        AddInformation(also, EvidenceQuantity.LimitHits, phase.Rate("server_cgroup_limit_hits_total"));
        AddInformation(also, EvidenceQuantity.ServerReads, phase.Rate("server_read_bytes_total"));
        return new PhaseVerdict(PhaseFinding.PageFaults, [.. moved, .. waited, .. also]);
    }

    private static PhaseVerdict? Storage(PhaseTelemetry phase, PhaseRules thresholds)
    {
        var evidence = new List<Evidence>();
        var device = phase.Schema.Devices.GetValueOrDefault("model");
        // Only the server's own reads: what a disk reads in total may be for any program.
        Add(evidence, EvidenceQuantity.ServerReads, phase.Rate("server_read_bytes_total"), thresholds.StorageBytesPerSecond);
        if (evidence.Count == 0)
            return null;
        var waits = new List<Evidence>();
        if (device is not null)
            Add(waits, EvidenceQuantity.DiskBusy, phase.Rate($"disk_{device}_busy_seconds_total"), thresholds.DiskBusy, device);
        Add(waits, EvidenceQuantity.DiskPressure, phase.Rate("host_pressure_io_some_seconds_total"), thresholds.DiskBusy);
        return waits.Count == 0
            ? null
            : new PhaseVerdict(PhaseFinding.Storage, [.. evidence, .. waits]);
    }

    // A lower bound: the steps in which CPU time is counted are subtracted.
    private static double? SystemShare(PhaseTelemetry phase)
    {
        var system = phase.Counter("server_cpu_system_seconds_total")?.Delta;
        var all = system + phase.Counter("server_cpu_user_seconds_total")?.Delta;
        return all > 0 ? (system - CounterResolution.MaxErrorSeconds(phase)) / all : null;
    }

    private static double? Refaults(PhaseTelemetry phase, string group) =>
        Sum(phase.Rate($"{group}_refault_file_pages_total"), phase.Rate($"{group}_refault_anon_pages_total")) * PageBytes;

    private static bool ReadsPagesBack(PhaseTelemetry phase, double? refaulted, double threshold) =>
        refaulted >= threshold || phase.Rate("server_read_bytes_total") >= threshold
        || phase.Rate("server_major_faults_total") * PagesPerFault * PageBytes >= threshold;

    private static double? Sum(double? one, double? other) => one is null ? other : one + (other ?? 0);

    private static void Add(List<Evidence> evidence, EvidenceQuantity quantity, double? value, double threshold, string? source = null)
    {
        if (value >= threshold)
            evidence.Add(new Evidence(quantity, value.Value, threshold, source));
    }

    private static void AddInformation(List<Evidence> evidence, EvidenceQuantity quantity, double? value)
    {
        if (value > 0)
            evidence.Add(new Evidence(quantity, value.Value));
    }
}
