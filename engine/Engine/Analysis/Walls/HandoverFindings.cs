using MemoryWall.Facts;

namespace MemoryWall.Analysis.Walls;

/// <summary>What somebody who reads one page should know: who takes the time, what depth costs, and where memory gives way.</summary>
public static class HandoverFindings
{
    /// <summary>The findings, in the order to be read; one that the runs do not support is left out.</summary>
    /// <param name="run">A context sweep.</param>
    /// <param name="systems">Runs under a memory limit, the one to be held against the others last; none where there was no limit.</param>
    public static IReadOnlyList<HandoverFinding> Of(Run run, IReadOnlyList<Run> systems)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(systems);
        var analysis = RunAnalysis.Of(run);
        // One level says it: that with the most contexts.
        var level = analysis.Contexts.GroupBy(context => (context.Method, context.Label, context.Concurrency, context.OutputTokensAsked)).MaxBy(group => group.Count())?.ToList() ?? [];
        var limited = systems.Where(system => system.Manifest.Plan.Cap is not null || system.Manifest.Plan.System is not null).ToList();
        HandoverFinding?[] findings = [Shares(level), Depth(level), WallFindings.Of(run, limited)];
        return [.. findings.OfType<HandoverFinding>()];
    }

    private static HandoverFinding? Shares(List<ContextSummary> level)
    {
        var known = level.Where(context => context.PrefillShare is not null).ToList();
        if (known.Count == 0)
            return null;
        var (first, last) = (known[0], known[^1]);
        var (from, to) = (first.PrefillShare!.Median, last.PrefillShare!.Median);
        var shares = known.Count == 1 ? $"{Words.Percent(from)} of the time at {At(first)}" : $"{Words.Percent(from)} of the time at {At(first)} and {Words.Percent(to)} at {Words.Context(last.ContextTokens)}";
        var headline = (from < 0.5, to < 0.5) switch
        {
            _ when known.Count == 1 => $"Prefill takes {shares}.",
            (true, false) => $"As prompts grow, reading them takes over from answering: prefill takes {shares}.",
            (false, false) => $"Reading the prompt takes most of the time at every length: prefill takes {shares}.",
            (true, true) => $"Answering takes most of the time at every length: prefill takes only {shares}.",
            _ => $"Prefill's share of the time shrinks as prompts grow: {shares}.",
        };
        var crossover = Crossover.Of(level);
        return new HandoverFinding(
            known.Count == 1 ? Words.Percent(from) : $"{Words.Percent(from)} → {Words.Percent(to)}", headline,
            crossover.Kind == CrossoverKind.Unknown ? [] : [crossover.Sentence.Split(" As a rough check")[0]],
            [.. first.PrefillShare.Trials.Concat(last.PrefillShare.Trials).Concat(crossover.Trials).Distinct().Order()]);
    }

    private static HandoverFinding? Depth(List<ContextSummary> level)
    {
        var known = level.Where(context => context.GenerationTps is not null).ToList();
        if (known.Count < 2)
            return null;
        var (first, last) = (known[0], known[^1]);
        var (from, to) = (first.GenerationTps!, last.GenerationTps!);
        var isTold = to.Max < from.Min;
        var headline = isTold
            ? $"The longer the context, the slower the answer: behind {At(last)} its tokens come at {Words.Percent(to.Median / from.Median)} of the rate behind {Words.Context(first.ContextTokens)}."
            : $"The answer keeps its rate up to {At(last)}: what is seen does not differ from that at {At(first)} by more than repetitions do.";
        return new HandoverFinding($"{Number(from.Median)} → {Words.Rate(to.Median)}", headline, [.. new[] { Wait(level), Blended(level) }.OfType<string>()], [.. from.Trials.Concat(to.Trials).Distinct().Order()]);
    }

    private static string? Wait(List<ContextSummary> level)
    {
        var known = level.Where(context => context.TtftSeconds is not null).ToList();
        return known.Count < 2 ? null
            : FormattableString.Invariant($"The first token takes {Words.Seconds(known[0].TtftSeconds!.Median)} at {At(known[0])} and {Words.Seconds(known[^1].TtftSeconds!.Median)} at {At(known[^1])}: {Times(known[^1].TtftSeconds!.Median / known[0].TtftSeconds!.Median)} times as long for {Times((double)known[^1].ContextTokens / known[0].ContextTokens)} times the context.");
    }

    private static string? Blended(List<ContextSummary> level)
    {
        var known = level.Where(context => context.BlendedTps is not null).ToList();
        return known.Count < 3 || known.MaxBy(context => context.BlendedTps!.Median) is not { } best || best == known[0] || best == known[^1] ? null
            : $"All tokens together, prompt and answer, pass fastest at {At(best)} ({Words.Rate(best.BlendedTps!.Median)}).";
    }

    private static string At(ContextSummary context) => Words.Context(context.ContextTokens) + " tokens";

    private static string Times(double factor) => factor.ToString(factor < 10 ? "0.#" : "0", System.Globalization.CultureInfo.InvariantCulture);

    private static string Number(double rate) => Words.Rate(rate).Split(' ')[0];
}
