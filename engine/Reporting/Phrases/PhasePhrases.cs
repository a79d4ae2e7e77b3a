using MemoryWall.Analysis;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>What limited a phase, in words.</summary>
internal static class PhasePhrases
{
    /// <summary>The conclusion in one sentence.</summary>
    public static string Format(PhaseVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        var clause = FormatClause(verdict.Finding);
        return $"{char.ToUpperInvariant(clause[0])}{clause[1..]}{FormatReason(verdict)}.";
    }

    /// <summary>The conclusion as a part of a sentence: <c>limited by page faults</c>.</summary>
    public static string FormatClause(PhaseFinding finding) => finding switch
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
        _ => "interference",
    };

    /// <summary>The conclusion with its readings in brackets.</summary>
    public static string FormatWithEvidence(PhaseVerdict verdict) => $"{Format(verdict)} [{FormatEvidence(verdict)}]";

    /// <summary>What limited the phase of a trial, with the readings and figures that no verdict contains.</summary>
    public static string Format(TrialPhase phase)
    {
        ArgumentNullException.ThrowIfNull(phase);
        // What a verdict rests on is in its evidence already.
        var known = phase.Verdicts.SelectMany(verdict => verdict.Evidence).Select(evidence => evidence.Quantity).ToHashSet();
        string?[] figures =
        [
            phase.Mfu is { } mfu && !known.Contains(EvidenceQuantity.Mfu) ? $"MFU {NumberFormat.Percent(mfu)}" : null,
            phase.Mbu is { } mbu && !known.Contains(EvidenceQuantity.Mbu) ? $"MBU {NumberFormat.Percent(mbu)}" : null,
            phase.NetJoulesPerToken is { } joules ? $"{NumberFormat.Number(joules)} J per token" : null,
        ];
        var rest = string.Join(", ", figures.OfType<string>());
        return $"{phase.Phase.ToString().ToLowerInvariant()} at {NumberFormat.Tokens(phase.ContextTokens)} (trial {phase.Trial}): "
            + string.Join(" ", phase.Verdicts.Select(FormatWithEvidence)) + (rest.Length == 0 ? "" : $" {rest}.");
    }

    /// <summary>The readings, separated by semicolons.</summary>
    public static string FormatEvidence(PhaseVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return string.Join("; ", verdict.Evidence.Select(Format));
    }

    /// <summary>A reading: <c>server read from storage 224 MiB/s (threshold: 4.00 MiB/s)</c>.</summary>
    public static string Format(Evidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var threshold = evidence.Threshold is { } line ? $" (threshold: {FormatValue(line, evidence.Unit)})" : "";
        return $"{Name(evidence)} {FormatValue(evidence.Value, evidence.Unit)}{threshold}";
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

    private static string FormatReason(PhaseVerdict verdict) => verdict.Finding switch
    {
        PhaseFinding.ServerNotWatched => ", so this machine's readings say nothing about it",
        PhaseFinding.NoBottleneck => FormatServerCores(verdict),
        PhaseFinding.ProcessorsWithoutCeilings => "; without MFU, arithmetic and memory bandwidth cannot be separated",
        PhaseFinding.ProcessorsBelowCeilings =>
            ", far below the measured ceilings: by latency, by synchronisation or by slow kernels",
        PhaseFinding.Accelerator => "; it does not report whether by arithmetic or by memory bandwidth",
        PhaseFinding.PageFaults => ": pages that were dropped or swapped out had to be read again",
        PhaseFinding.Storage => ": the server read from a disk that was busy most of the time",
        PhaseFinding.OtherWork => ": other work on the machine",
        _ => "",
    };

    private static string FormatServerCores(PhaseVerdict verdict) =>
        verdict.Evidence.FirstOrDefault(evidence => evidence.Quantity == EvidenceQuantity.ServerCores) is { } cores
            ? $": the server used {NumberFormat.Percent(cores.Value)} of the cores "
                + $"({NumberFormat.Percent(cores.Threshold)} would mean compute-bound)"
            : "";

    private static string FormatValue(double value, EvidenceUnit unit) => unit switch
    {
        EvidenceUnit.BytesPerSecond => NumberFormat.Bandwidth(value),
        EvidenceUnit.EventsPerSecond => NumberFormat.Number(value) + " /s",
        EvidenceUnit.Count => NumberFormat.Number(value),
        _ => NumberFormat.Percent(value),
    };
}
