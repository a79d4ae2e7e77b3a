using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>What a report of a wall shows beside its verdict: whose it is, and what each trial beyond memory rests on.</summary>
internal static class WallEvidencePhrases
{
    /// <summary>What the depth of trials rests on that skip tokens.</summary>
    public const string SyntheticNote = "Depth is synthetic: the KV cache was filled without computing; generation is real.";

    /// <summary>The run, its model and its limit. Another server chooses the type of its KV cache itself.</summary>
    public static string FormatHeading(RunManifest run)
    {
        var cache = run.Target.Kind == TargetKind.Embedded ? $", KV {run.Plan.Options.KvType ?? "f16"}" : "";
        return $"run {run.RunId}, {run.Target.Kind} {run.Target.Model}{cache}, {CapPhrases.Format(run.Plan.Cap)}";
    }

    /// <summary>The readings of each trial that was not in memory, one line each, and below it the share of time spent waiting for
    /// them.</summary>
    public static IEnumerable<string> FormatReadings(RunReport run)
    {
        var phases = run.Phases.Where(phase => phase.Phase == Phase.Generation).ToLookup(phase => phase.Trial);
        foreach (var regime in run.Wall.Regimes.Where(regime => regime.Regime != MemoryRegime.InMemory)
            .OrderBy(regime => regime.ContextTokens).DistinctBy(regime => (regime.Regime, regime.ContextTokens)))
        {
            yield return $"{NumberFormat.Tokens(regime.ContextTokens)} tokens (trial {regime.Trial}), {RegimeFormat.Name(regime.Regime)}: "
                + RegimePhrases.FormatEvidence(regime);
            var shares = phases[regime.Trial].SelectMany(phase => phase.Verdicts)
                .Where(verdict => verdict is { Limit: PhaseLimit.Faults, IsSeenThroughExporter: false })
                .SelectMany(verdict => verdict.Evidence).Where(evidence => evidence.Unit == EvidenceUnit.Share).ToList();
            if (shares.Count > 0)
                yield return "    "
                    + string.Join("; ", shares.Select(share => $"{PhasePhrases.Name(share)} {NumberFormat.Percent(share.Value)}"));
        }
    }
}
