using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Units;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>A run for people: what it was, its table, its verdicts with their evidence.</summary>
internal static class RunReportWriter
{
    public static void Write(IAnsiConsole console, Run run, Slo? slo = null)
    {
        var manifest = run.Manifest;
        console.WriteLine(
            $"run {manifest.RunId}, {manifest.Target.Kind} {manifest.Target.Model}{FormatVersion(manifest.Target.ServerVersion)}");
        console.WriteLine(FormatMachine(manifest.Machine));
        var analysis = RunAnalysis.Analyze(run, slo);
        TrialTableWriter.Write(console, analysis.Trials);
        ContextTableWriter.Write(console, analysis.Contexts);
        ResumeTableWriter.Write(console, analysis.ResumeGains);
        foreach (var together in analysis.ConcurrencySummaries)
            console.WriteLine(FormatConcurrency(together));
        // A phase of which the readings say nothing is in the JSON; here it would only be in the way.
        foreach (var phase in analysis.Phases.Where(phase => phase.Verdicts.Any(verdict => verdict.Limit != PhaseLimit.Unclear)))
            console.WriteLine(FormatPhase(phase));
        foreach (var verdict in analysis.Verdicts)
            console.WriteLine($"• {verdict.Sentence}{FormatTrials(verdict.Trials)}");
        foreach (var fit in FitLines.Format(analysis))
            console.WriteLine(fit);
        foreach (var finding in run.ReadWarnings)
            console.WriteLine($"while reading: {finding}");
    }

    private static string FormatPhase(TrialPhase phase)
    {
        var figures = new List<string>();
        if (phase.Mfu is { } mfu)
            figures.Add(string.Create(CultureInfo.InvariantCulture, $"MFU {mfu:0.00}"));
        if (phase.Mbu is { } mbu)
            figures.Add(string.Create(CultureInfo.InvariantCulture, $"MBU {mbu:0.00}"));
        if (phase.NetJoulesPerToken is { } joules)
            figures.Add(string.Create(CultureInfo.InvariantCulture, $"{joules:0.###} J a token"));
        return $"{phase.Phase.ToString().ToLowerInvariant()} at {NumberFormat.Tokens(phase.ContextTokens)} (trial {phase.Trial}): {string.Join(" ", phase.Verdicts.Select(FormatVerdict))}{(figures.Count > 0 ? $" {string.Join(", ", figures)}." : "")}";
    }

    private static string FormatVerdict(PhaseVerdict verdict) => $"{verdict.Sentence} [{string.Join("; ", verdict.Evidence)}]";

    private static string FormatConcurrency(ConcurrencySummary streams)
    {
        var parts = new List<string>();
        if (streams.GenerationTps is { } generation)
            parts.Add($"{new MemoryWall.Core.Units.TokenRate(generation)} generated in all");
        if (streams.TotalTps is { } total)
            parts.Add($"{new MemoryWall.Core.Units.TokenRate(total)} in and out");
        if (streams.LongestTtftSeconds is { } ttft)
            parts.Add($"longest TTFT {NumberFormat.Duration(ttft)}");
        if (streams.LongestQueueSeconds is { } queue)
            parts.Add($"longest wait {NumberFormat.Duration(queue)}");
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
            parts.Add($"{new MemoryWall.Core.Units.ByteSize(memory)} RAM");
        parts.Add(machine.OperatingSystem);
        return string.Join(", ", parts);
    }

    private static string FormatTrials(IReadOnlyList<int> trials) =>
        trials.Count == 0 ? "" : $" (trial{(trials.Count == 1 ? "" : "s")} {string.Join(", ", FormatRanges(trials))})";

    // Fifty numbers that follow each other say no more than the first and the last.
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
