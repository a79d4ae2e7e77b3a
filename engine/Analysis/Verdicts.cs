using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis;

/// <summary>What a verdict is about.</summary>
public enum VerdictTopic
{
    /// <summary>How many trials did what was asked.</summary>
    Completion,

    /// <summary>Which phase takes most of the time at each context.</summary>
    Dominance,

    /// <summary>The context where both phases take as long.</summary>
    Crossover,

    /// <summary>How a rate changes from the smallest to the largest context.</summary>
    Rates,

    /// <summary>The largest context that meets a latency limit.</summary>
    Goodput,

    /// <summary>Whether the first measured trials were still warming up.</summary>
    WarmUp,

    /// <summary>Whether rates moved over the run, whatever the context.</summary>
    Drift,

    /// <summary>Whether the order of trials shows in their rates, or hides what it would show.</summary>
    OrderEffect,

    /// <summary>Repetitions that stand apart, or lie on two levels.</summary>
    Spread,

    /// <summary>Pauses between tokens.</summary>
    Stall,

    /// <summary>How a quicker method lies against computed trials.</summary>
    Agreement,

    /// <summary>What taking KV caches up from storage is worth against computing them.</summary>
    Resume,

    /// <summary>Where memory gives way, and what happens there.</summary>
    Wall,

    /// <summary>Where and why trials failed.</summary>
    Failure,

    /// <summary>Which trials are to be read with care, and why.</summary>
    Doubt,
}

/// <summary>A conclusion with its evidence.</summary>
/// <param name="Topic">What it is about.</param>
/// <param name="Sentence">The conclusion, for people.</param>
/// <param name="Trials">Numbers of the trials that it rests on.</param>
public sealed record Verdict(VerdictTopic Topic, string Sentence, IReadOnlyList<int> Trials);

/// <summary>What can be concluded from a run.</summary>
internal static class Verdicts
{
    /// <summary>The verdicts, in the order to be read. There is always at least one.</summary>
    /// <param name="trials">All trials of the run.</param>
    /// <param name="contexts">Their summaries.</param>
    public static IReadOnlyList<Verdict> Evaluate(IReadOnlyList<TrialView> trials, IReadOnlyList<ContextSummary> contexts)
    {
        ArgumentNullException.ThrowIfNull(trials);
        ArgumentNullException.ThrowIfNull(contexts);
        var levels = contexts.GroupBy(context => (context.Method, context.Label, context.Concurrency, context.OutputTokensAsked)).ToList();
        return
        [
            CompletionVerdict(trials),
            .. levels.SelectMany(level => RateVerdicts.Evaluate([.. level], [.. trials], levels.Count > 1)),
            .. TrialVerdicts.Failures(trials),
            .. TrialVerdicts.Doubts(trials),
        ];
    }

    private static Verdict CompletionVerdict(IReadOnlyList<TrialView> views)
    {
        var measured = views.Select(view => view.Trial).Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        var completed = measured.Count(trial => trial.Outcome.IsCompleted);
        var sentence = (measured.Count, completed) switch
        {
            (0, _) => "No trial was measured.",
            (1, 1) => "The one measured trial completed.",
            (1, 0) => "The one measured trial did not complete.",
            var (all, done) when done == all => $"All {all} measured trials completed.",
            (var all, 0) => $"None of the {all} measured trials completed.",
            var (all, done) => $"{done} of {all} measured trials completed.",
        };
        return new Verdict(VerdictTopic.Completion, sentence, [.. measured.Select(trial => trial.Number)]);
    }
}
