using MemoryWall.Core;
using MemoryWall.Core.Units;

namespace MemoryWall.Analysis.Walls;

/// <summary>What somebody who reads one page should know: who takes the time, what depth costs, and where memory gives way.</summary>
internal static class SummaryFindings
{
    /// <summary>The findings, in the order to be read; one that the runs do not support is left out.</summary>
    /// <param name="run">A context sweep.</param>
    /// <param name="systems">Runs under a memory limit, the one to be held against the others last; none where there was no limit.</param>
    public static IReadOnlyList<SummaryFinding> Create(Run run, IReadOnlyList<Run> systems)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(systems);
        var analysis = RunAnalysis.Analyze(run);
        // One level says it: that with the most contexts.
        var level = analysis.Contexts.GroupBy(context => (context.Method, context.Label, context.Concurrency, context.OutputTokensAsked))
            .MaxBy(group => group.Count())?.ToList() ?? [];
        var limited = systems.Where(system => system.Manifest.Plan.Cap is not null || system.Manifest.Plan.System is not null).ToList();
        SummaryFinding?[] findings = [PrefillShareFinding(level), GenerationRateFinding(level), MemoryFindings.Create(run, limited)];
        return [.. findings.OfType<SummaryFinding>()];
    }

    private static SummaryFinding? PrefillShareFinding(List<ContextSummary> level)
    {
        var known = level.Where(context => context.PrefillShare is not null).ToList();
        if (known.Count == 0)
            return null;
        var (first, last) = (known[0], known[^1]);
        var (from, to) = (first.PrefillShare!.Median, last.PrefillShare!.Median);
        var shares = known.Count == 1
            ? $"{NumberFormat.Percent(from)} of the time at {FormatContext(first)}"
            : $"{NumberFormat.Percent(from)} of the time at {FormatContext(first)} and {NumberFormat.Percent(to)} at {NumberFormat.Context(last.ContextTokens)}";
        var headline = (from < 0.5, to < 0.5) switch
        {
            _ when known.Count == 1 => $"Prefill takes {shares}.",
            (true, false) => $"As prompts grow, reading them takes over from answering: prefill takes {shares}.",
            (false, false) => $"Reading the prompt takes most of the time at every length: prefill takes {shares}.",
            (true, true) => $"Answering takes most of the time at every length: prefill takes only {shares}.",
            _ => $"Prefill's share of the time shrinks as prompts grow: {shares}.",
        };
        var crossover = Crossover.Compute(level);
        return new SummaryFinding(
            known.Count == 1 ? NumberFormat.Percent(from) : $"{NumberFormat.Percent(from)} → {NumberFormat.Percent(to)}", headline,
            crossover.Kind == CrossoverKind.Unknown ? [] : [crossover.Sentence.Split(" As a rough check")[0]],
            [.. first.PrefillShare.Trials.Concat(last.PrefillShare.Trials).Concat(crossover.Trials).Distinct().Order()]);
    }

    private static SummaryFinding? GenerationRateFinding(List<ContextSummary> level)
    {
        var known = level.Where(context => context.GenerationTps is not null).ToList();
        if (known.Count < 2)
            return null;
        var (first, last) = (known[0], known[^1]);
        var (from, to) = (first.GenerationTps!, last.GenerationTps!);
        var isTold = to.Max < from.Min;
        var headline = isTold
            ? $"The longer the context, the slower the answer: behind {FormatContext(last)} its tokens come at {NumberFormat.Percent(to.Median / from.Median)} of the rate behind {NumberFormat.Context(first.ContextTokens)}."
            : $"The answer keeps its rate up to {FormatContext(last)}: what is seen does not differ from that at {FormatContext(first)} by more than repetitions do.";
        return new SummaryFinding($"{FormatRateNumber(from.Median)} → {NumberFormat.Rate(to.Median)}", headline,
            [.. new[] { DescribeTtft(level), DescribeBlendedRate(level) }.OfType<string>()],
            [.. from.Trials.Concat(to.Trials).Distinct().Order()]);
    }

    private static string? DescribeTtft(List<ContextSummary> level)
    {
        var known = level.Where(context => context.TtftSeconds is not null).ToList();
        return known.Count < 2 ? null
            : FormattableString.Invariant(
                $"The first token takes {NumberFormat.Duration(known[0].TtftSeconds!.Median)} at {FormatContext(known[0])} and {NumberFormat.Duration(known[^1].TtftSeconds!.Median)} at {FormatContext(known[^1])}: {FormatFactor(known[^1].TtftSeconds!.Median / known[0].TtftSeconds!.Median)} times as long for {FormatFactor((double)known[^1].ContextTokens / known[0].ContextTokens)} times the context.");
    }

    private static string? DescribeBlendedRate(List<ContextSummary> level)
    {
        var known = level.Where(context => context.BlendedTps is not null).ToList();
        return known.Count < 3 || known.MaxBy(context => context.BlendedTps!.Median) is not { } best || best == known[0]
            || best == known[^1] ? null
            : $"All tokens together, prompt and answer, pass fastest at {FormatContext(best)} ({NumberFormat.Rate(best.BlendedTps!.Median)}).";
    }

    private static string FormatContext(ContextSummary context) => NumberFormat.Context(context.ContextTokens) + " tokens";

    private static string FormatFactor(double factor) =>
        factor.ToString(factor < 10 ? "0.#" : "0", System.Globalization.CultureInfo.InvariantCulture);

    private static string FormatRateNumber(double rate) => NumberFormat.Rate(rate).Split(' ')[0];
}
