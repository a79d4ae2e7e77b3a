using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;
using MemoryWall.Models.Forecast;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Recommendations;

/// <summary>Decides what to do next from runs. A recommendation that the runs do not support is left out.</summary>
internal static class Recommender
{
    private static readonly string[] s_smallerTypes = ["q8_0", "q4_0"];

    /// <summary>The recommendations, those about memory first.</summary>
    /// <param name="runs">One run, or the systems of a comparison.</param>
    public static IReadOnlyList<Recommendation> Create(IReadOnlyList<RunReport> runs)
    {
        var withWall = runs.FirstOrDefault(run => run.Manifest.Plan.Options.Tier is null && run.WallVerdict.BeyondTokens is not null);
        return
        [
            .. withWall is null ? [] : CreateForWall(withWall, runs),
            .. runs.Count == 1 ? CreateForPhases(runs[0]) : [],
            .. CreateForTrust(runs),
        ];
    }

    private static IEnumerable<Recommendation> CreateForWall(RunReport run, IReadOnlyList<RunReport> runs)
    {
        var wall = run.WallVerdict;
        if (wall is { InsideTokens: { } inside, BeyondTokens: { } beyond })
            yield return new KeepPromptsBelowWall(inside, beyond);
        foreach (var smaller in s_smallerTypes.Select(type => CreateForKvType(run, type, runs)).OfType<QuantizeKvCache>().Take(1))
            yield return smaller;
        if (wall.BudgetBytes is { } limit && run.Wall.Regimes.Max(regime => (int?)regime.ContextTokens) is { } largest
            && ForecastResidentBytes(run, largest) is { } needed && needed > limit)
            yield return new AddMemory(largest, needed, limit);
        var tiered = runs.Where(other => other.Manifest.Plan.Options.Tier is not null).Select(FindReach).OfType<UseStorageTier>()
            .Select(reach => reach with
            {
                OtherTokens = wall.InsideTokens ?? 0,
                OtherKvType = run.Manifest.Plan.Options.KvType ?? "f16",
            }).ToList();
        if (tiered.Count == 0 && run.Manifest.Target.Kind == TargetKind.Embedded)
            yield return new MeasureStorageTier();
        foreach (var reach in tiered.Where(reach => reach.ContextTokens > reach.OtherTokens).Take(1))
            yield return reach;
    }

    private static QuantizeKvCache? CreateForKvType(RunReport run, string type, IReadOnlyList<RunReport> runs)
    {
        var (manifest, budget) = (run.Manifest, run.WallVerdict.BudgetBytes);
        if (manifest.Plan.Options.KvType is not (null or "f16") || WallPredictor.Predict(manifest, budget) is not { } wall)
            return null;
        var smaller = manifest with { Plan = manifest.Plan with { Options = manifest.Plan.Options with { KvType = type } } };
        var moved = WallPredictor.Predict(smaller, budget);
        if (moved <= wall)
            return null;
        var measured = runs.FirstOrDefault(other => other.Manifest.Plan.Options is { Tier: null } options && options.KvType == type
            && other.Manifest.Plan.Cap?.Bytes == manifest.Plan.Cap?.Bytes);
        return new QuantizeKvCache(type, moved, wall, measured is null ? null : NameOf(measured),
            measured is null ? null : Reach(measured));
    }

    private static UseStorageTier? FindReach(RunReport run) => Reach(run) is { } tokens
        ? new UseStorageTier(NameOf(run), tokens,
            run.Contexts.FirstOrDefault(context => context.ContextTokens == tokens)?.GenerationTps?.Median, OtherTokens: 0)
        : null;

    // The largest context up to which every trial completed.
    private static int? Reach(RunReport run) => run.Trials.Select(view => view.Trial)
        .Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup)).GroupBy(trial => trial.ContextTokens).OrderBy(same => same.Key)
        .TakeWhile(same => same.All(trial => trial.Outcome.IsCompleted)).Select(same => (int?)same.Key).LastOrDefault();

    private static string NameOf(RunReport run) => run.Manifest.Plan.System ?? run.Manifest.RunId;

    private static long? ForecastResidentBytes(RunReport run, int context)
    {
        if (run.Manifest is not { Target: { Kind: TargetKind.Embedded, Shape: { } shape }, Plan: var plan })
            return null;
        var settings = ForecastSettings.ForStoredEmbedded(plan.Options, shape);
        return MemoryForecast.FindProblems(shape, settings).Count > 0
            ? null
            : MemoryForecast.Compute(shape, settings, plan.WindowRule.WindowFor(context)).ResidentBytes;
    }

    private static IEnumerable<Recommendation> CreateForPhases(RunReport run)
    {
        var level = run.Levels.MaxBy(level => level.Count) ?? [];
        if (RateVerdicts.FindDominance(level, run.Rules.Summary)?.Contexts is [.., { } last])
        {
            var (largest, before) = (level.Single(context => context.ContextTokens == last.ContextTokens),
                level.LastOrDefault(context => context.ContextTokens < last.ContextTokens));
            if (last.Dominant == DominantPhase.Prefill && before is not null)
                yield return new ShortenPrompts(last.ContextTokens, last.PrefillShare, largest.TtftSeconds?.Median, before.ContextTokens,
                    before.TtftSeconds?.Median);
            if (last.Dominant == DominantPhase.Generation)
                yield return new SpeedUpGeneration(last.ContextTokens, last.PrefillShare);
        }
        foreach (var phase in new[] { Phase.Prefill, Phase.Generation })
        {
            if (FindLimit(run, phase) is { } limit)
                yield return limit;
        }
    }

    // The limit that every trial of the largest watched context shows. What exporters saw may be the work of another program.
    private static RaiseLimit? FindLimit(RunReport run, Phase phase)
    {
        var watched = run.Phases.Where(found => found.Phase == phase).ToList();
        if (watched.Count == 0)
            return null;
        var largest = watched.Max(found => found.ContextTokens);
        var limits = watched.Where(found => found.ContextTokens == largest)
            .Select(found => found.Verdicts.Where(verdict => !verdict.IsSeenThroughExporter)
                .Select(verdict => verdict.Limit).FirstOrDefault(IsResource)).Distinct().ToList();
        return limits is [var only] && IsResource(only) ? new RaiseLimit(phase, only, largest) : null;
    }

    private static bool IsResource(PhaseLimit limit) => limit is PhaseLimit.Compute or PhaseLimit.MemoryBandwidth;

    private static IEnumerable<Recommendation> CreateForTrust(IReadOnlyList<RunReport> runs)
    {
        var measured = runs.SelectMany(run => run.Trials).Where(view => !view.Trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        var disturbed = measured.Count(view => view.Has<Interference>());
        if (disturbed > 0)
            yield return new RepeatQuietly(disturbed, measured.Count);
        var missing = runs.SelectMany(run => run.RateChanges).SelectMany(changes => changes).Select(change => change.Finding)
            .Where(finding => finding.Verdict == RatioVerdict.TooFew).Select(finding => finding.MissingPairs).DefaultIfEmpty(0).Max();
        if (missing > 0)
            yield return new RepeatMore(missing);
    }
}
