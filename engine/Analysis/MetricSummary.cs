using System.Text.Json.Serialization;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>
/// One quantity over the repetitions that have it. Outliers are not dropped. Trials that other work on the machine disturbed are left out
/// where enough others remain.
/// </summary>
public sealed class MetricSummary
{
    private readonly Lazy<Estimate> _estimate;

    private MetricSummary(IReadOnlyList<Entry> used, IReadOnlyList<StepValue> steps, IReadOnlyList<int> disturbed)
    {
        Values = [.. used.Select(entry => entry.Value)];
        Trials = [.. used.Select(entry => entry.View.Trial.Number)];
        (Steps, Disturbed) = (steps, disturbed);
        StepValue[] usedSteps = [.. steps.Where(step => Trials.Contains(step.Trials[0]))];
        UsedSteps = usedSteps;
        IndependentValues = [.. usedSteps.Select(step => step.Value)];
        (Median, Min, Max) = (Quantiles.Median(Values), Values.Min(), Values.Max());
        _estimate = new Lazy<Estimate>(() => Bootstrap.EstimateMedian(IndependentValues) with { Value = Median });
        Outliers = [.. Dispersion.FindOutliers(IndependentValues).SelectMany(place => usedSteps[place].Trials)];
        RelativeDispersion = Dispersion.RobustCoefficientOfVariation([.. IndependentValues]);
    }

    /// <summary>The median.</summary>
    public double Median { get; }

    /// <summary>The smallest.</summary>
    public double Min { get; }

    /// <summary>The largest.</summary>
    public double Max { get; }

    /// <summary>The values, in the order of <see cref="Trials"/>.</summary>
    [JsonIgnore]
    public IReadOnlyList<double> Values { get; }

    /// <summary>One value for each step, disturbed ones included: concurrent streams share the state of the machine, so their median
    /// counts as one value.</summary>
    [JsonIgnore]
    internal IReadOnlyList<StepValue> Steps { get; }

    /// <summary>The steps that the metric rests on.</summary>
    [JsonIgnore]
    internal IReadOnlyList<StepValue> UsedSteps { get; }

    /// <summary>The values of <see cref="UsedSteps"/>: what statistics rest on.</summary>
    [JsonIgnore]
    internal IReadOnlyList<double> IndependentValues { get; }

    /// <summary>The trials that it rests on, one or more.</summary>
    public IReadOnlyList<int> Trials { get; }

    /// <summary>Trials that have the value and that other work on the machine disturbed, with the other streams of their
    /// step.</summary>
    public IReadOnlyList<int> Disturbed { get; }

    /// <summary>Whether the metric rests on undisturbed trials alone, and <see cref="Disturbed"/> ones are left out; otherwise it includes
    /// them, because too few others remain.</summary>
    public bool LeavesOutDisturbed => Disturbed.Count > 0 && !Disturbed.All(Trials.Contains);

    /// <summary>The median with its 95% bootstrap interval over repetitions; with fewer than 5 repetitions the range, with one no
    /// interval.</summary>
    public Estimate Estimate => _estimate.Value;

    /// <summary>Trials of steps whose value is an outlier (modified z-score beyond 3.5); the metric includes them.</summary>
    public IReadOnlyList<int> Outliers { get; }

    /// <summary>Median absolute deviation between steps, scaled to be the standard deviation of normal values, as a share of the median;
    /// absent with one step.</summary>
    public double? RelativeDispersion { get; }

    /// <summary>The metric over the views that have the value; null where none has.</summary>
    /// <param name="views">The trials.</param>
    /// <param name="value">The value of a trial; null where it has none.</param>
    /// <param name="rules">How many undisturbed repetitions are enough; null for the default.</param>
    internal static MetricSummary? Summarize(IEnumerable<TrialView> views, Func<TrialView, double?> value, SpreadRules? rules = null)
    {
        var having = views.Select(view => (View: view, Value: value(view))).Where(entry => entry.Value is not null)
            .Select(entry => new Entry(entry.View, entry.Value!.Value)).ToList();
        if (having.Count == 0)
            return null;
        var steps = having[0].View.Trial.Concurrency <= 1
            ? having.Select(entry => new[] { entry }).ToList()
            : [.. having.GroupBy(entry => entry.View.Trial.Repetition).Select(step => step.ToArray())];
        // What disturbs one stream of a step disturbs the others, too.
        var undisturbed = steps.Where(step => !step.Any(entry => entry.View.Has<Interference>())).ToList();
        var isEnough = undisturbed.Count >= (rules ?? new SpreadRules()).MinUndisturbed;
        var used = isEnough ? undisturbed.SelectMany(step => step).ToHashSet() : having.ToHashSet();
        return new MetricSummary([.. having.Where(used.Contains)],
            [.. steps.Select(step => new StepValue(step[0].View.Trial.Repetition, [.. step.Select(entry => entry.View.Trial.Number)],
                Quantiles.Median(step.Select(entry => entry.Value))))],
            [.. steps.Except(undisturbed).SelectMany(step => step).Select(entry => entry.View.Trial.Number)]);
    }

    // By reference: two trials of an edited file can be equal.
    private sealed class Entry(TrialView view, double value)
    {
        public TrialView View => view;

        public double Value => value;
    }
}

/// <summary>The value of one step.</summary>
/// <param name="Repetition">Its repetition.</param>
/// <param name="Trials">Its trials: one, or one for each concurrent stream.</param>
/// <param name="Value">The value, the median of its streams.</param>
internal sealed record StepValue(int Repetition, IReadOnlyList<int> Trials, double Value);
