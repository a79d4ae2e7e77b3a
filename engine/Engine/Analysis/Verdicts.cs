using System.Globalization;
using MemoryWall.Facts;

namespace MemoryWall.Analysis;

/// <summary>A conclusion with what it rests on.</summary>
/// <param name="Sentence">The conclusion for people.</param>
/// <param name="Trials">Numbers of the trials that are its evidence.</param>
public sealed record Verdict(string Sentence, IReadOnlyList<int> Trials);

/// <summary>Says what a run shows: who dominates where, the crossover, how rates change with context, what failed and what is doubtful.</summary>
public static class Verdicts
{
    /// <summary>Flags that say how a trial was run, not that it is to be doubted.</summary>
    private const TrialFlags NoDoubt = TrialFlags.Warmup | TrialFlags.Concurrent | TrialFlags.AfterRestart;

    /// <summary>The conclusions of a run, most important first; few or none where little was measured.</summary>
    public static IReadOnlyList<Verdict> Of(Run run) => Of(run.Trials);

    /// <summary>The conclusions of these trials.</summary>
    public static IReadOnlyList<Verdict> Of(IReadOnlyList<Trial> trials)
    {
        var contexts = ContextSummary.Of(trials);
        return [.. Dominance(contexts), .. Crossing(contexts), .. Change(contexts), .. Failures(trials), .. Doubts(trials)];
    }

    private static IEnumerable<Verdict> Dominance(IReadOnlyList<ContextSummary> contexts)
    {
        var measured = contexts.Where(context => context.PrefillShare is not null).ToList();
        foreach (var (name, share, those) in new[]
                 {
                     ("Prefill", 1, measured.Where(context => context.PrefillShare > 0.5).ToList()),
                     ("Generation", -1, measured.Where(context => context.PrefillShare < 0.5).ToList()),
                 })
        {
            if (those.Count == 0)
                continue;
            var parts = those.Select(context => string.Create(
                CultureInfo.InvariantCulture, $"{(share > 0 ? context.PrefillShare : 1 - context.PrefillShare):0%} at {context.ContextTokens:#,0}"));
            yield return new Verdict($"{name} takes most of the time at {Contexts(those)}: {string.Join(", ", parts)} tokens.", Numbers(those.SelectMany(context => context.Measured)));
        }
    }

    private static IEnumerable<Verdict> Crossing(IReadOnlyList<ContextSummary> contexts)
    {
        if (Crossover.Of(contexts) is not { } crossover)
            yield break;
        var output = OutputTokens(contexts);
        yield return new Verdict(
            crossover switch
            {
                { ContextTokens: { } at } => string.Create(CultureInfo.InvariantCulture, $"Prefill takes as long as {output} at a context of about {at:#,0} tokens."),
                { Below: { } below } => string.Create(CultureInfo.InvariantCulture, $"Prefill already takes longer than {output} at {below:#,0} tokens, the smallest context measured; the crossover lies below it."),
                _ => string.Create(CultureInfo.InvariantCulture, $"{Capital(output)} still takes longer than prefill at {crossover.Above:#,0} tokens, the largest context measured; the crossover lies above it."),
            },
            crossover.Trials);
    }

    private static IEnumerable<Verdict> Change(IReadOnlyList<ContextSummary> contexts)
    {
        var measured = contexts.Where(context => context.Measured.Count > 0).ToList();
        if (measured.Count < 2)
            yield break;
        var (first, last) = (measured[0], measured[^1]);
        foreach (var (phase, from, to) in new[] { ("prefill", first.PrefillTps!.Value, last.PrefillTps!.Value), ("generation", first.GenerationTps!.Value, last.GenerationTps!.Value) })
        {
            var change = to < from
                ? string.Create(CultureInfo.InvariantCulture, $"falls to {to / from:0%}")
                : string.Create(CultureInfo.InvariantCulture, $"does not fall ({to / from:0%})");
            yield return new Verdict(
                string.Create(CultureInfo.InvariantCulture, $"From {first.ContextTokens:#,0} to {last.ContextTokens:#,0} tokens the rate of {phase} {change}: {Rate(from)} → {Rate(to)} tokens/s."),
                Numbers(first.Measured.Concat(last.Measured)));
        }
    }

    private static IEnumerable<Verdict> Failures(IReadOnlyList<Trial> trials) =>
        from trial in trials
        where !trial.Outcome.IsCompleted
        group trial by (trial.Outcome.Kind, trial.Outcome.Detail) into same
        select new Verdict($"Did not complete at {Places(same)}: {same.Key.Kind.Replace('_', ' ')}. {Capital(same.Key.Detail)}", Numbers(same));

    private static IEnumerable<Verdict> Doubts(IReadOnlyList<Trial> trials) =>
        from trial in trials
        where trial.Outcome.IsCompleted && !trial.Flags.HasFlag(TrialFlags.Warmup)
        from name in (trial.Flags & ~NoDoubt).Names()
        group trial by name into same
        select new Verdict($"Read with care ({same.Key.Replace('_', ' ')}): {Places(same)}.", Numbers(same));

    private static string OutputTokens(IReadOnlyList<ContextSummary> contexts)
    {
        var outputs = contexts.SelectMany(context => context.Measured).Select(trial => trial.OutputTokens!.Value).Distinct().Order().ToList();
        return outputs.Count == 1
            ? string.Create(CultureInfo.InvariantCulture, $"generating {outputs[0]} tokens")
            : string.Create(CultureInfo.InvariantCulture, $"generating {outputs[0]} to {outputs[^1]} tokens");
    }

    private static string Places(IEnumerable<Trial> trials) =>
        string.Join(", ", trials.Select(trial => trial.ContextTokens).Distinct().Order().Select(context => string.Create(CultureInfo.InvariantCulture, $"{context:#,0}"))) + " tokens";

    private static string Contexts(List<ContextSummary> contexts) => contexts.Count == 1 ? "one context" : string.Create(CultureInfo.InvariantCulture, $"{contexts.Count} contexts");

    private static IReadOnlyList<int> Numbers(IEnumerable<Trial> trials) => [.. trials.Select(trial => trial.Number).Order()];

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    private static string Rate(double perSecond) => perSecond.ToString(perSecond >= 100 ? "#,0" : perSecond >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
