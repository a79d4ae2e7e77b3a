using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Memory walls as text: each finding with its trials and evidence, then all walls in one table.</summary>
internal static class WallReportWriter
{
    public static void Write(IAnsiConsole console, IReadOnlyList<RunReport> walls)
    {
        foreach (var run in walls)
        {
            console.WriteLine();
            console.WriteLine(FormatHeading(run.Manifest));
            console.WriteLine(WallPhrases.Format(run.WallVerdict));
            TerminalTable.Write(console, WallTable.CreateRegimes(run));
            if (run.Trials.Any(view => view.Trial.SkippedPromptTokens > 0))
                console.WriteLine("Depth is synthetic: the KV cache was filled without computing; generation is real.");
            WriteEvidence(console, run.Phases, run.Wall);
        }
        if (walls.All(wall => wall.Wall.BeyondTokens is null))
            return;
        TerminalTable.Write(console, WallTable.CreatePositions(walls));
        TerminalTable.Write(console, WallTable.CreateTimes(walls));
    }

    private static void WriteEvidence(IAnsiConsole console, IReadOnlyList<TrialPhase> measured, WallReport finding)
    {
        var phases = measured.Where(phase => phase.Phase == Phase.Generation).ToLookup(phase => phase.Trial);
        foreach (var regime in finding.Regimes.Where(regime => regime.Regime != MemoryRegime.InMemory)
            .OrderBy(regime => regime.ContextTokens).DistinctBy(regime => (regime.Regime, regime.ContextTokens)))
        {
            var name = $"{NumberFormat.Tokens(regime.ContextTokens)} tokens (trial {regime.Trial}), {RegimeFormat.Name(regime.Regime)}";
            console.WriteLine($"{name}: {RegimePhrases.FormatEvidence(regime)}");
            // The evidence contains the bytes; this line adds the share of time spent waiting for them.
            var shares = phases[regime.Trial].SelectMany(phase => phase.Verdicts).Where(verdict => verdict.Limit == PhaseLimit.Faults)
                .SelectMany(verdict => verdict.Evidence).Where(evidence => evidence.Unit == EvidenceUnit.Share).ToList();
            if (shares.Count > 0)
                console.WriteLine(
                    $"    {string.Join("; ", shares.Select(share => $"{PhasePhrases.Name(share)} {NumberFormat.Percent(share.Value)}"))}");
        }
    }

    // Another server chooses the type of its KV cache itself.
    private static string FormatHeading(RunManifest run)
    {
        var cache = run.Target.Kind == TargetKind.Embedded ? $", KV {run.Plan.Options.KvType ?? "f16"}" : "";
        return $"run {run.RunId}, {run.Target.Kind} {run.Target.Model}{cache}, {CapPhrases.Format(run.Plan.Cap)}";
    }
}
