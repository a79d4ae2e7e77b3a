using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Trends;

/// <summary>What a trend follows.</summary>
/// <param name="Quantity">The quantity.</param>
/// <param name="Method">How the context is reached.</param>
/// <param name="ContextTokens">The context.</param>
internal readonly record struct TrendFigure(ComparedQuantity Quantity, SweepMethod Method, int ContextTokens);

/// <summary>A run with its median of a figure.</summary>
/// <param name="Manifest">The run.</param>
/// <param name="Value">The median over its repetitions.</param>
/// <param name="Trials">How many trials it rests on.</param>
internal sealed record TrendRun(RunManifest Manifest, double Value, int Trials)
{
    /// <summary>A run by its trials, warm-ups and trials that are left out of its report excluded; null where none has a value. Disturbed
    /// trials are left out where enough others remain, as in its report.</summary>
    public static TrendRun? FromTrials(RunManifest manifest, IReadOnlyList<(double Value, bool IsDisturbed)> trials,
        ReviewRules? rules = null)
    {
        var positive = trials.Where(trial => trial.Value > 0).ToList();
        var used = (rules ?? ReviewRules.Default).Spread.SelectUsed(positive, trial => trial.IsDisturbed);
        return used.Count == 0 ? null : new TrendRun(manifest, Quantiles.Median(used.Select(trial => trial.Value)), used.Count);
    }
}

/// <summary>Runs between two changes.</summary>
/// <param name="Runs">The runs, in the order of time.</param>
/// <param name="Median">The median of their values with its interval.</param>
internal sealed record TrendStretch(IReadOnlyList<TrendRun> Runs, Estimate Median);

/// <summary>A change from one run on.</summary>
/// <param name="First">The first run after it.</param>
/// <param name="Before">The last run before it.</param>
/// <param name="PValue">The probability of a change that is as likely, somewhere in a series without one.</param>
/// <param name="Finding">The runs after it divided by those before it.</param>
/// <param name="Updates">What was updated between the two runs, which may be the cause.</param>
internal sealed record TrendChange(TrendRun First, TrendRun Before, double PValue, RatioFinding Finding,
    IReadOnlyList<RunDifference> Updates);

/// <summary>A figure over time: runs of the same model on the same machine with the same settings.</summary>
internal sealed record RunTrend
{
    /// <summary>The figure.</summary>
    public required TrendFigure Figure { get; init; }

    /// <summary>The stretches without a change, one or more.</summary>
    public required IReadOnlyList<TrendStretch> Stretches { get; init; }

    /// <summary>The changes between them; none where none is shown.</summary>
    public required IReadOnlyList<TrendChange> Changes { get; init; }

    /// <summary>The fewest runs in which a change can be shown.</summary>
    public required int MinRuns { get; init; }

    /// <summary>The probability that a series without a change gets one.</summary>
    public required double Significance { get; init; }

    /// <summary>The runs, in the order of time.</summary>
    public IEnumerable<TrendRun> Runs => Stretches.SelectMany(stretch => stretch.Runs);

    /// <summary>The trend of runs of one setup.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="runs">One run or more, in any order.</param>
    /// <param name="rules">The thresholds; null for the defaults.</param>
    public static RunTrend Compute(TrendFigure figure, IReadOnlyList<TrendRun> runs, ComparisonRules? rules = null)
    {
        var known = rules ?? ReviewRules.Default.Comparison;
        TrendRun[] ordered = [.. runs.OrderBy(run => run.Manifest.StartedUtc).ThenBy(run => run.Manifest.RunId, StringComparer.Ordinal)];
        var changes = new SortedDictionary<int, (double PValue, RatioFinding Finding)>();
        Split(ordered, 0, ordered.Length, new DifferenceRule(known, ratios: 1), changes);
        int[] ends = [0, .. changes.Keys, ordered.Length];
        return new RunTrend
        {
            Figure = figure,
            Stretches = [.. ends.Zip(ends.Skip(1), (from, to) => ordered[from..to])
                .Select(part => new TrendStretch(part, Bootstrap.EstimateMedian([.. part.Select(run => run.Value)])))],
            Changes = [.. changes.Select(change => new TrendChange(ordered[change.Key], ordered[change.Key - 1], change.Value.PValue,
                change.Value.Finding, RunDifferences.FindUpdates(ordered[change.Key - 1].Manifest, ordered[change.Key].Manifest, known)))],
            MinRuns = 2 * known.MinPairs,
            Significance = known.ChangeSignificance,
        };
    }

    /// <summary>Runs in groups of one setup each, the group with most runs first.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="manifestOf">The manifest of a run.</param>
    public static IReadOnlyList<IReadOnlyList<TRun>> GroupBySetup<TRun>(IEnumerable<TRun> runs, Func<TRun, RunManifest> manifestOf)
    {
        var groups = new List<List<TRun>>();
        foreach (var run in runs)
        {
            if (groups.FirstOrDefault(group => RunDifferences.AreOfOneSetup(manifestOf(group[0]), manifestOf(run))) is { } same)
                same.Add(run);
            else
                groups.Add([run]);
        }
        return [.. groups.OrderByDescending(group => group.Count)];
    }

    // After a change each side may have another one.
    private static void Split(TrendRun[] runs, int from, int to, DifferenceRule rule,
        SortedDictionary<int, (double, RatioFinding)> changes)
    {
        if (rule.FindChange([.. runs[from..to].Select(run => run.Value)]) is not { } change)
            return;
        var at = from + change.Index;
        changes.Add(at, (change.PValue, change.Finding));
        Split(runs, from, at, rule, changes);
        Split(runs, at, to, rule, changes);
    }
}
