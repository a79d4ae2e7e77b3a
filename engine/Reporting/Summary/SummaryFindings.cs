using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Summary;

/// <summary>The findings of a one-page summary: where memory runs out, which phase takes the time, and what context costs.</summary>
internal static class SummaryFindings
{
    /// <summary>The findings in reading order. A finding that the runs do not support is left out.</summary>
    /// <param name="run">A context sweep.</param>
    /// <param name="systems">Runs under a memory limit, the system to compare with the others last; none where there was no limit.</param>
    public static IReadOnlyList<SummaryFinding> Create(RunReport run, IReadOnlyList<RunReport> systems)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(systems);
        // The level with the most contexts represents the run.
        var level = run.Levels.MaxBy(level => level.Count) ?? [];
        SummaryFinding?[] findings = [MemoryFindings.Create(run, SelectSystems(run, systems)), PrefillShareFinding(run, level),
            GenerationRateFinding(run, level)];
        return [.. findings.OfType<SummaryFinding>().Select(finding => run.Run.IsSample ? MarkAsSample(finding) : finding)];
    }

    /// <summary>The systems that a headline may compare: those under a limit, with one model, and no samples beside a reader's own
    /// run.</summary>
    /// <param name="run">The context sweep.</param>
    /// <param name="systems">The runs to choose from, the system to compare with the others last.</param>
    public static IReadOnlyList<RunReport> SelectSystems(RunReport run, IReadOnlyList<RunReport> systems)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(systems);
        var limited = systems.Where(system => (system.Manifest.Plan.Cap is not null || system.Manifest.Plan.System is not null)
            && system.Run.IsSample == run.Run.IsSample).ToList();
        return [.. limited.Where(system => system.Manifest.Target.Model == limited[^1].Manifest.Target.Model)];
    }

    private static SummaryFinding MarkAsSample(SummaryFinding finding) =>
        finding with { Headline = "Sample data: " + finding.Headline };

    private static SummaryFinding? PrefillShareFinding(RunReport run, IReadOnlyList<ContextSummary> level)
    {
        var known = level.Where(context => context.PrefillShare is not null).ToList();
        if (known.Count == 0 || RateVerdicts.FindDominance(level, run.Rules.Summary) is not { } dominance)
            return null;
        var (first, last) = (known[0], known[^1]);
        var (from, to) = (first.PrefillShare!.Median, last.PrefillShare!.Median);
        var (low, high) = (NumberFormat.Percent(from), NumberFormat.Percent(to));
        var isSingle = known.Count == 1;
        var model = ModelLabel.Create(run.Manifest.Target.Model);
        var shares = $"{low} of the time at {FormatContext(first)}"
            + (isSingle ? "" : $" and {high} at {NumberFormat.Context(last.ContextTokens)}");
        var dominant = dominance.Contexts.Select(context => context.Dominant).Distinct().ToList();
        var headline = (dominance.Contexts[0].Dominant, dominance.Contexts[^1].Dominant) switch
        {
            _ when isSingle => $"With the model {model}, prefill takes {shares}.",
            (not DominantPhase.Prefill, DominantPhase.Prefill) =>
                $"As prompts grow, reading them takes longer than answering: with the model {model}, prefill takes {shares}.",
            _ when dominant is [DominantPhase.Prefill] =>
                $"Reading the prompt takes most of the time at every measured length: with the model {model}, prefill takes {shares}.",
            _ when dominant is [DominantPhase.Generation] =>
                $"Answering takes most of the time at every measured length: with the model {model}, prefill takes only {shares}.",
            (DominantPhase.Prefill, not DominantPhase.Prefill) =>
                $"With the model {model}, prefill's share of the time shrinks as prompts grow: {shares}.",
            _ => $"With the model {model}, prefill takes {shares}.",
        };
        var isChange = !isSingle && dominance.Contexts[0].Dominant != dominance.Contexts[^1].Dominant;
        var crossover = run.Crossovers[run.Levels.ToList().IndexOf(level)];
        return new SummaryFinding(isSingle ? low : $"{low} {Between(isChange)} {high}", headline,
            crossover.Kind == CrossoverKind.Unknown ? [] : [CrossoverPhrases.FormatPosition(crossover)],
            [.. first.PrefillShare.Trials.Concat(last.PrefillShare.Trials).Concat(crossover.Trials).Distinct().Order()])
        {
            Claim = SummaryClaim.Dominance,
            Support = [dominance, new CrossoverVerdict(crossover)],
        }.WithDoubts(HeadlineDoubts.Describe([.. known.Select(context => HeadlinePoint.From(run, context.PrefillShare!))]));
    }

    private static SummaryFinding? GenerationRateFinding(RunReport run, IReadOnlyList<ContextSummary> level)
    {
        var known = level.Where(context => context.GenerationTps is not null).ToList();
        if (known.Count < 2)
            return null;
        var (first, last) = (known[0], known[^1]);
        var (from, to) = (first.GenerationTps!, last.GenerationTps!);
        var (fast, slow) = (NumberFormat.RateNumber(from.Median), NumberFormat.RateNumber(to.Median));
        var change = run.RateChanges[run.Levels.ToList().IndexOf(level)].Single(change => change.Rate == TrialRate.Generation).Finding;
        var model = ModelLabel.Create(run.Manifest.Target.Model);
        var headline = change.Verdict switch
        {
            RatioVerdict.Lower =>
                $"The longer the context, the slower the answer: with the model {model}, after {FormatContext(last)} it comes at "
                    + $"{NumberFormat.Percent(to.Median / from.Median)} of the speed after {NumberFormat.Context(first.ContextTokens)} "
                    + $"({slow} instead of {fast} tokens/s).",
            RatioVerdict.Higher =>
                $"The longer the context, the faster the answer: with the model {model}, {slow} tokens/s after {FormatContext(last)} "
                    + $"instead of {fast} after {NumberFormat.Context(first.ContextTokens)}.",
            RatioVerdict.TooFew =>
                $"With the model {model}, the answer comes at {fast} tokens/s after {FormatContext(first)} and at {slow} after "
                    + $"{FormatContext(last)}; "
                    + $"{SupportFormat.Missing(change)} would show whether it is a change.",
            _ => $"With the model {model}, no change of the answer's speed is shown up to {FormatContext(last)}: the difference from "
                + $"{FormatContext(first)} is within the spread of the repetitions.",
        };
        return new SummaryFinding($"{fast} {Between(change.IsDifference)} {NumberFormat.Rate(to.Median)}", headline,
            [.. new[] { DescribeTtft(level), DescribeThroughput(level) }.OfType<string>()],
            [.. from.Trials.Concat(to.Trials).Distinct().Order()])
        {
            Claim = change.IsDifference ? SummaryClaim.RateChange : SummaryClaim.None,
            Support = [.. run.Verdicts.OfType<RateChangeVerdict>()
                .Where(verdict => verdict.Phase == Phase.Generation && verdict.Finding == change)],
        }.WithDoubts(HeadlineDoubts.Describe([HeadlinePoint.From(run, from), HeadlinePoint.From(run, to)]));
    }

    private static string? DescribeTtft(IReadOnlyList<ContextSummary> level)
    {
        var known = level.Where(context => context.TtftSeconds is not null).ToList();
        if (known.Count < 2)
            return null;
        var (first, last) = (known[0], known[^1]);
        var (from, to) = (first.TtftSeconds!.Median, last.TtftSeconds!.Median);
        return $"The first token takes {NumberFormat.Duration(from)} at {FormatContext(first)} and {NumberFormat.Duration(to)} at "
            + $"{FormatContext(last)} (medians).";
    }

    private static string? DescribeThroughput(IReadOnlyList<ContextSummary> level)
    {
        var known = level.Where(context => context.BlendedTps is not null).ToList();
        return known.Count >= 3 && known.MaxBy(context => context.BlendedTps!.Median) is { } best && best != known[0] && best != known[^1]
            ? $"Total throughput (prompt and answer) peaks at {FormatContext(best)} ({NumberFormat.Rate(best.BlendedTps!.Median)})."
            : null;
    }

    // An arrow says that something changed.
    private static string Between(bool isChange) => isChange ? "→" : "…";

    private static string FormatContext(ContextSummary context) => NumberFormat.Context(context.ContextTokens) + " tokens";
}
