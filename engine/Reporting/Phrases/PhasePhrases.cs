using MemoryWall.Analysis;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>What limited a phase, in words.</summary>
internal static class PhasePhrases
{
    private const string SeenThroughExporter = "seen through an exporter, 1 Hz";

    /// <summary>The conclusion in one sentence.</summary>
    public static string Format(PhaseVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return Format([verdict]);
    }

    /// <summary>The conclusion as a part of a sentence: <c>limited by page faults</c>.</summary>
    public static string FormatClause(PhaseVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return verdict.IsSeenThroughExporter ? $"{FormatClause(verdict.Finding)} ({SeenThroughExporter})" : FormatClause(verdict.Finding);
    }

    private static string FormatClause(PhaseFinding finding) => finding switch
    {
        PhaseFinding.TooFewSamples => "the phase is too short for the sampling rate",
        PhaseFinding.ServerNotWatched => "the server's processes were not watched",
        PhaseFinding.NoBottleneck => "no bottleneck found",
        PhaseFinding.MemoryBandwidth => "limited by memory bandwidth",
        PhaseFinding.Arithmetic => "limited by arithmetic (compute-bound)",
        PhaseFinding.ProcessorsBeyondCeiling => "limited by the processors, beyond a ceiling that the probe measured",
        PhaseFinding.ProcessorsWithoutCeilings or PhaseFinding.ProcessorsBelowCeilings => "limited by the processors",
        PhaseFinding.Accelerator => "limited by the accelerator",
        PhaseFinding.AcceleratorBandwidth => "limited by the accelerator's memory bandwidth",
        PhaseFinding.AcceleratorArithmetic => "limited by arithmetic on the accelerator",
        PhaseFinding.PageFaults => "limited by page faults",
        PhaseFinding.Storage => "limited by storage",
        PhaseFinding.Throttled => "throttled because of heat or power",
        PhaseFinding.SeveralBusy => "the processors and an accelerator were busy",
        _ => "interference",
    };

    /// <summary>The conclusion with its readings in brackets.</summary>
    public static string FormatWithEvidence(PhaseVerdict verdict) => FormatWithEvidence([verdict]);

    /// <summary>What limited the phases of trials, said once for all trials with the same conclusions, in order of the first of
    /// them.</summary>
    public static IEnumerable<string> Format(IEnumerable<TrialPhase> phases)
    {
        ArgumentNullException.ThrowIfNull(phases);
        return phases.GroupBy(phase => (phase.Phase,
                string.Join(' ', phase.Verdicts.Select(verdict => (verdict.Finding, verdict.IsSeenThroughExporter)))))
            .Select(same => Format([.. same]));
    }

    private static string Format(List<TrialPhase> same)
    {
        var verdicts = Enumerable.Range(0, same[0].Verdicts.Count)
            .Select(place => same.Select(phase => phase.Verdicts[place]).ToList()).ToList();
        // What a verdict rests on is in its evidence already.
        var known = verdicts.SelectMany(verdict => verdict).SelectMany(verdict => verdict.Evidence).Select(evidence => evidence.Quantity)
            .ToHashSet();
        string?[] figures =
        [
            known.Contains(EvidenceQuantity.Mfu) ? null : FormatShares("MFU ", same.Select(phase => phase.Mfu)),
            known.Contains(EvidenceQuantity.Mbu) ? null : FormatShares("MBU ", same.Select(phase => phase.Mbu)),
            FormatRange(same.Select(phase => phase.NetJoulesPerToken), value => NumberFormat.Number(value)) is { } joules
                ? joules + " J per token"
                : null,
        ];
        var rest = string.Join(", ", figures.OfType<string>());
        var contexts = same.Select(phase => phase.ContextTokens).Distinct().Order().ToList();
        var at = contexts.Count == 1 ? NumberFormat.Tokens(contexts[0]) : WordFormat.List(contexts.Select(NumberFormat.Context));
        return $"{same[0].Phase.ToString().ToLowerInvariant()} at {at} ({WordFormat.TrialRanges([.. same.Select(phase => phase.Trial)])}): "
            + string.Join(" ", verdicts.Select(FormatWithEvidence)) + (rest.Length == 0 ? "" : $" {rest}.");
    }

    private static string FormatWithEvidence(IReadOnlyList<PhaseVerdict> same) =>
        $"{Format(same)} [{FormatEvidence(same.SelectMany(verdict => verdict.Evidence))}]";

    private static string Format(IReadOnlyList<PhaseVerdict> same)
    {
        var clause = FormatClause(same[0].Finding);
        return $"{char.ToUpperInvariant(clause[0])}{clause[1..]}"
            + (same[0].IsSeenThroughExporter
                ? $"{FormatReasonOfExporter(same[0].Finding)} ({SeenThroughExporter})."
                : $"{FormatReason(same)}.");
    }

    private static string FormatEvidence(IEnumerable<Evidence> readings) => string.Join("; ",
        readings.GroupBy(evidence => (evidence.Quantity, evidence.Source, evidence.Unit, evidence.Threshold)).Select(same =>
            $"{Name(same.First())} {FormatRange(same.Select(one => (double?)one.Value), value => FormatValue(value, same.Key.Unit))}"
            + (same.Key.Threshold is { } line ? $" (threshold: {FormatValue(line, same.Key.Unit)})" : "")));

    private static string? FormatShares(string name, IEnumerable<double?> values) =>
        FormatRange(values, value => NumberFormat.Percent(value)) is { } range ? name + range : null;

    private static string? FormatRange(IEnumerable<double?> values, Func<double, string> format)
    {
        var known = values.OfType<double>().ToList();
        if (known.Count == 0)
            return null;
        var (low, high) = (format(known.Min()), format(known.Max()));
        return low == high ? low : $"{low} to {high}";
    }

    /// <summary>The readings, separated by semicolons.</summary>
    public static string FormatEvidence(PhaseVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return FormatEvidence(verdict.Evidence);
    }

    /// <summary>A reading: <c>server read from storage 224 MiB/s (threshold: 4.00 MiB/s)</c>.</summary>
    public static string Format(Evidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return FormatEvidence([evidence]);
    }

    /// <summary>What was read.</summary>
    public static string Name(Evidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var source = evidence.Source;
        return evidence.Quantity switch
        {
            EvidenceQuantity.Samples => "samples inside",
            EvidenceQuantity.Coverage => "coverage",
            EvidenceQuantity.ServerCores => "share of the usable cores that the server used",
            EvidenceQuantity.Mbu => "MBU",
            EvidenceQuantity.ReadsAboveBandwidth =>
                "bytes read per second, relative to the measured RAM bandwidth (above 100%: they come from the caches)",
            EvidenceQuantity.Mfu => "MFU",
            EvidenceQuantity.OperationsAbovePeak =>
                "operations per second, relative to the measured peak (above 100%: the server's kernels are faster than the probe)",
            EvidenceQuantity.AcceleratorBusy => $"share of time in which {source} was busy",
            EvidenceQuantity.AcceleratorMemoryBusy => $"share of time in which the memory of {source} was busy",
            EvidenceQuantity.ThrottleEvents => "processor throttle events",
            EvidenceQuantity.ThrottleBits => source ?? "",
            EvidenceQuantity.OtherPrograms => "share of the processors used by other programs, at least",
            EvidenceQuantity.Steal => "share of the processors taken by the hypervisor, at least",
            EvidenceQuantity.RefaultedBytes => $"{source} pages read again after being dropped",
            EvidenceQuantity.SwappedInBytes => "host swapped in",
            EvidenceQuantity.MemoryPressure => "share of time in which tasks waited for memory",
            EvidenceQuantity.KernelShare => "kernel's share of the server's CPU time, at least",
            EvidenceQuantity.MajorFaults => "server major faults",
            EvidenceQuantity.LimitHits => "server's control group reached its limit",
            EvidenceQuantity.ServerReads => "server read from storage",
            EvidenceQuantity.HostCores => "share of the machine's processors in use by all programs",
            EvidenceQuantity.HostMajorFaults => "host major faults",
            EvidenceQuantity.DiskReads => $"read from disk {source} by all programs",
            EvidenceQuantity.DiskBusy => $"share of time in which disk {source} was busy",
            _ => "share of time in which tasks waited for a disk",
        };
    }

    /// <summary>The symbol of a unit; empty for shares and counts.</summary>
    public static string Symbol(EvidenceUnit unit) => unit switch
    {
        EvidenceUnit.BytesPerSecond => "B/s",
        EvidenceUnit.EventsPerSecond => "/s",
        _ => "",
    };

    private static string FormatReason(IReadOnlyList<PhaseVerdict> same) => same[0].Finding switch
    {
        PhaseFinding.ServerNotWatched => ", so this machine's readings say nothing about it",
        PhaseFinding.NoBottleneck => FormatServerCores(same.SelectMany(verdict => verdict.Evidence)),
        PhaseFinding.ProcessorsWithoutCeilings => "; without MFU, arithmetic and memory bandwidth cannot be separated",
        PhaseFinding.ProcessorsBelowCeilings =>
            ", far below the measured ceilings: by latency, by synchronisation or by slow kernels",
        PhaseFinding.Accelerator => "; it does not report whether by arithmetic or by memory bandwidth",
        PhaseFinding.PageFaults => ": pages that were dropped or swapped out had to be read again",
        PhaseFinding.Storage => ": the server read from a disk that was busy most of the time",
        PhaseFinding.OtherWork => ": other work on the machine",
        _ => "",
    };

    // An exporter reports the whole machine, so the sentence does not name the server.
    private static string FormatReasonOfExporter(PhaseFinding finding) => finding switch
    {
        PhaseFinding.TooFewSamples => "",
        PhaseFinding.ProcessorsWithoutCeilings => ": the whole machine used them, and which program did is unknown",
        PhaseFinding.SeveralBusy => ", and which of them the server used is unknown",
        PhaseFinding.Accelerator => "; it does not report whether by arithmetic or by memory bandwidth",
        PhaseFinding.PageFaults => ": the machine had to read back pages that were dropped or swapped out, of whichever program",
        PhaseFinding.Storage => ": the machine read from a disk that was busy most of the time, for whichever program",
        PhaseFinding.OtherWork => ": the hypervisor took processor time",
        _ => "",
    };

    private static string FormatServerCores(IEnumerable<Evidence> readings)
    {
        var cores = readings.Where(evidence => evidence.Quantity == EvidenceQuantity.ServerCores).ToList();
        return FormatShares(": the server used ", cores.Select(evidence => (double?)evidence.Value)) is { } used
            ? $"{used} of the cores ({NumberFormat.Percent(cores[0].Threshold)} would mean compute-bound)"
            : "";
    }

    private static string FormatValue(double value, EvidenceUnit unit) => unit switch
    {
        EvidenceUnit.BytesPerSecond => NumberFormat.Bandwidth(value),
        EvidenceUnit.EventsPerSecond => NumberFormat.Number(value) + " /s",
        EvidenceUnit.Count => NumberFormat.Number(value),
        _ => NumberFormat.Percent(value),
    };
}
