using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>Concludes whether the steps before prefill take a large part of TTFT.</summary>
internal static class OrchestrationVerdicts
{
    /// <summary>The verdict of one level; null where they do not, or too few trials show it.</summary>
    /// <param name="level">The level's summaries.</param>
    /// <param name="trials">The run's trials by number.</param>
    /// <param name="endpoint">The target's address: on the way to another machine, the network is part of the rest.</param>
    /// <param name="rules">The thresholds.</param>
    public static OrchestrationVerdict? Evaluate(IReadOnlyList<ContextSummary> level, IReadOnlyDictionary<int, TrialView> trials,
        string endpoint, SummaryRules rules)
    {
        // Concurrent streams wait for each other, which a server need not report.
        if (level[0].Concurrency > 1 || !Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || !address.IsLoopback)
            return null;
        var found = level.Where(context => context.TtftSplit is not null)
            .Select(context => (Context: context, Views: FindUndoubted(context, trials)))
            .Where(entry => entry.Views.Count > 0 && entry.Views.All(view => IsLarge(view.TtftSplit!, rules))
                && IsLarge(entry.Context.TtftSplit!, rules)).ToList();
        var support = found.SelectMany(entry => entry.Views.Select(view => view.Trial.Number)).Order().ToList();
        return support.Count < rules.MinOrchestrationTrials
            ? null
            : new OrchestrationVerdict(
                [.. found.Select(entry => new ContextOrchestration(entry.Context.ContextTokens, entry.Context.TtftSplit!))], support);
    }

    // A doubt of any kind can be a wait.
    private static List<TrialView> FindUndoubted(ContextSummary context, IReadOnlyDictionary<int, TrialView> trials) =>
        [.. context.Trials.Select(number => trials[number])
            .Where(view => view is { TtftSplit: not null, Doubts: [] } && view.Trial.Outcome.IsCompleted)];

    private static bool IsLarge(TtftSplit split, SummaryRules rules) =>
        split.Preparation > rules.MinOrchestration && split.Preparation > split.Total * rules.MaxOrchestrationShare;
}
