using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Telemetry;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>
/// What limited a phase on a machine that is seen through exporters only. They report the whole machine, once a second: which program
/// worked, read or waited is unknown, and each verdict says so. Fewer conclusions are possible than with the server's processes.
/// </summary>
internal static class ExporterVerdicts
{
    private const string DiskPrefix = "disk_";
    private const string ReadSuffix = "_read_bytes_total";

    // A refault reads one page of 4 KiB or more.
    private const double PageBytes = 4096;

    /// <summary>The verdicts of a phase, the limit first.</summary>
    /// <param name="machines">The phase as the exporters of each machine saw it, one or more. With several, the first that found a limit
    /// speaks for the phase.</param>
    /// <param name="rules">The thresholds.</param>
    public static IReadOnlyList<PhaseVerdict> Evaluate(IReadOnlyList<PhaseTelemetry> machines, PhaseRules rules)
    {
        var verdicts = machines.Select(machine => Evaluate(machine, rules)).ToList();
        return verdicts.Find(found => found[0].Limit != PhaseLimit.Unclear)
            ?? verdicts.Find(found => found[0].Finding != PhaseFinding.TooFewSamples) ?? verdicts[0];
    }

    private static IReadOnlyList<PhaseVerdict> Evaluate(PhaseTelemetry phase, PhaseRules rules)
    {
        if (phase.Samples < rules.MinSamples || phase.Coverage < rules.MinCoverage)
            return [See(PhaseFinding.TooFewSamples, [new Evidence(EvidenceQuantity.Samples, phase.Samples, rules.MinSamples),
                new Evidence(EvidenceQuantity.Coverage, phase.Coverage, rules.MinCoverage)])];
        var waiting = new[] { FindFaults(phase, rules), FindStorage(phase, rules) }.OfType<PhaseVerdict>().ToList();
        return [.. waiting.Count > 0 ? waiting : [FindProcessor(phase, rules)],
            .. InterferenceVerdicts.FindThrottling(phase, rules).Select(verdict => See(verdict.Finding, verdict.Evidence)),
            .. FindSteal(phase, rules)];
    }

    private static PhaseVerdict? FindFaults(PhaseTelemetry phase, PhaseRules rules)
    {
        var moved = new List<Evidence>();
        var refaults = phase.Rate("host_refault_file_pages_total") is { } file
            ? file + (phase.Rate("host_refault_anon_pages_total") ?? 0)
            : phase.Rate("host_refault_anon_pages_total");
        Add(moved, EvidenceQuantity.RefaultedBytes, refaults * PageBytes, rules.FaultBytesPerSecond, "host");
        Add(moved, EvidenceQuantity.SwappedInBytes, phase.Rate("host_swap_in_bytes_total"), rules.FaultBytesPerSecond);
        var waited = new List<Evidence>();
        Add(waited, EvidenceQuantity.MemoryPressure, phase.Rate("host_pressure_memory_some_seconds_total"), rules.MemoryPressure);
        if (moved.Count == 0 || waited.Count == 0)
            return null;
        return See(PhaseFinding.PageFaults, [.. moved, .. waited,
            .. phase.Rate("host_major_faults_total") is > 0 and var faults
                ? [new Evidence(EvidenceQuantity.HostMajorFaults, faults)]
                : Array.Empty<Evidence>()]);
    }

    private static PhaseVerdict? FindStorage(PhaseTelemetry phase, PhaseRules rules)
    {
        foreach (var column in phase.Schema.Columns.Select(column => column.Name).Where(name =>
            name.StartsWith(DiskPrefix, StringComparison.Ordinal) && name.EndsWith(ReadSuffix, StringComparison.Ordinal)))
        {
            var disk = column[DiskPrefix.Length..^ReadSuffix.Length];
            var evidence = new List<Evidence>();
            Add(evidence, EvidenceQuantity.DiskReads, phase.Rate(column), rules.StorageBytesPerSecond, disk);
            Add(evidence, EvidenceQuantity.DiskBusy, phase.Rate($"{DiskPrefix}{disk}_busy_seconds_total"), rules.DiskBusy, disk);
            if (evidence.Count == 2)
                return See(PhaseFinding.Storage, evidence);
        }
        return null;
    }

    private static PhaseVerdict FindProcessor(PhaseTelemetry phase, PhaseRules rules)
    {
        var evidence = new List<Evidence>();
        var share = phase.Rate("host_cpu_busy_seconds_total") / CountCores(phase.Schema);
        if (share is { } known)
            evidence.Add(new Evidence(EvidenceQuantity.HostCores, known, rules.BusyCoreShare));
        var isBusy = share >= rules.BusyCoreShare;
        var gpu = ProcessorVerdicts.FindBusyAccelerator(phase, isUsed: _ => true, rules);
        return (isBusy, gpu) switch
        {
            // Which of the two the server used is unknown.
            (true, { } busy) => See(PhaseFinding.SeveralBusy, [.. evidence, .. busy.Evidence]),
            (false, { } busy) => See(busy.Finding, busy.Evidence),
            (true, null) => See(PhaseFinding.ProcessorsWithoutCeilings, evidence),
            _ => See(PhaseFinding.NoBottleneck, evidence),
        };
    }

    private static IEnumerable<PhaseVerdict> FindSteal(PhaseTelemetry phase, PhaseRules rules)
    {
        if (phase.Rate("host_cpu_steal_seconds_total") / CountCores(phase.Schema) is { } steal && steal >= rules.StealShare)
            yield return See(PhaseFinding.OtherWork, [new Evidence(EvidenceQuantity.Steal, steal, rules.StealShare)]);
    }

    // Each logical processor has a column. Null where none has: an unknown number divides nothing.
    private static int? CountCores(TelemetrySchema schema) =>
        schema.Columns.Count(column => CoreColumns.IsMatch(column.Name)) is > 0 and var cores ? cores : null;

    private static PhaseVerdict See(PhaseFinding finding, IReadOnlyList<Evidence> evidence) => new(finding, evidence)
    {
        IsSeenThroughExporter = true,
    };

    private static void Add(List<Evidence> evidence, EvidenceQuantity quantity, double? value, double threshold, string? source = null)
    {
        if (value >= threshold)
            evidence.Add(new Evidence(quantity, value.Value, threshold, source));
    }
}
