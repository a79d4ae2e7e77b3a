using MemoryWall.Analysis.Reports;
using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Reporting;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>A run as text: the server and the machine, the tables, and the verdicts with their evidence.</summary>
internal static class RunReportWriter
{
    public static void Write(IAnsiConsole console, Run run, Slo? slo = null)
    {
        var manifest = run.Manifest;
        console.WriteLine(
            $"run {manifest.RunId}, {manifest.Target.Kind} {manifest.Target.Model}{FormatVersion(manifest.Target.ServerVersion)}");
        console.WriteLine(FormatMachine(manifest.Machine));
        var analysis = RunReport.Create(run, slo);
        TrialTableWriter.Write(console, analysis.Trials);
        ContextTableWriter.Write(console, analysis.Contexts);
        ResumeTableWriter.Write(console, analysis.ResumeGains);
        foreach (var level in analysis.ConcurrencySummaries)
            console.WriteLine(FormatConcurrency(level));
        // A phase whose bottleneck is unknown is in the JSON only.
        foreach (var phase in analysis.Phases.Where(phase => phase.Verdicts.Any(verdict => verdict.Limit != PhaseLimit.Unclear)))
            console.WriteLine(FormatPhase(phase));
        foreach (var verdict in analysis.Verdicts)
            console.WriteLine($"• {VerdictPhrases.Format(verdict)}{FormatTrials(verdict.Trials)}");
        foreach (var fit in FitSentences.Format(analysis))
            console.WriteLine(fit);
        foreach (var finding in run.ReadWarnings)
            console.WriteLine($"read with a problem: {finding}");
    }

    private static string FormatPhase(TrialPhase phase)
    {
        // What a verdict rests on is in its evidence already.
        var known = phase.Verdicts.SelectMany(verdict => verdict.Evidence).Select(evidence => evidence.Quantity).ToHashSet();
        var figures = new List<string>();
        if (phase.Mfu is { } mfu && !known.Contains(EvidenceQuantity.Mfu))
            figures.Add($"MFU {NumberFormat.Percent(mfu)}");
        if (phase.Mbu is { } mbu && !known.Contains(EvidenceQuantity.Mbu))
            figures.Add($"MBU {NumberFormat.Percent(mbu)}");
        if (phase.NetJoulesPerToken is { } joules)
            figures.Add(string.Create(CultureInfo.InvariantCulture, $"{joules:0.###} J per token"));
        var name = $"{phase.Phase.ToString().ToLowerInvariant()} at {NumberFormat.Tokens(phase.ContextTokens)} (trial {phase.Trial})";
        var verdicts = string.Join(" ", phase.Verdicts.Select(PhasePhrases.FormatWithEvidence));
        return $"{name}: {verdicts}{(figures.Count > 0 ? $" {string.Join(", ", figures)}." : "")}";
    }

    private static string FormatConcurrency(ConcurrencySummary streams)
    {
        var parts = new List<string>();
        if (streams.GenerationTps is { } generation)
            parts.Add($"{NumberFormat.Rate(generation)} of answers in total");
        if (streams.TotalTps is { } total)
            parts.Add($"{NumberFormat.Rate(total)} of prompts and answers");
        if (streams.LongestTtftSeconds is { } ttft)
            parts.Add($"longest TTFT {NumberFormat.Duration(ttft)}");
        if (streams.LongestQueueSeconds is { } queue)
            parts.Add($"longest queue time {NumberFormat.Duration(queue)}");
        if (streams.Fairness is { } fairness)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"fairness {fairness:0.00}"));
        if (streams.Completed < streams.Concurrency)
            parts.Add($"only {streams.Completed} completed");
        return $"{streams.Concurrency} streams at {NumberFormat.Tokens(streams.ContextTokens)} tokens: {string.Join(", ", parts)}";
    }

    private static string FormatVersion(string? version) => version is null ? "" : $" ({version})";

    private static string FormatMachine(MachineFacts machine)
    {
        var parts = new List<string> { machine.CpuModel ?? machine.Architecture };
        if (machine.AvailableCores is { } cores)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{cores} cores"));
        if (machine.MemoryTotalBytes is { } memory)
            parts.Add($"{NumberFormat.Bytes(memory)} RAM");
        parts.Add(machine.OperatingSystem);
        return string.Join(", ", parts);
    }

    private static string FormatTrials(IReadOnlyList<int> trials) =>
        trials.Count == 0 ? "" : $" (trial{(trials.Count == 1 ? "" : "s")} {string.Join(", ", FormatRanges(trials))})";

    // Consecutive numbers are a range.
    private static IEnumerable<string> FormatRanges(IReadOnlyList<int> trials)
    {
        for (var from = 0; from < trials.Count;)
        {
            var to = from;
            while (to + 1 < trials.Count && trials[to + 1] == trials[to] + 1)
                to++;
            yield return to - from < 2
                ? string.Join(", ", trials.Skip(from).Take(to - from + 1))
                : string.Create(CultureInfo.InvariantCulture, $"{trials[from]}–{trials[to]}");
            from = to + 1;
        }
    }
}
