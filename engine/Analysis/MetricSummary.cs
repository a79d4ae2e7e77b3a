using System.Text.Json.Serialization;
using MemoryWall.Analysis.Review;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>One quantity over the repetitions that have it. Outliers are not dropped.</summary>
public sealed class MetricSummary
{
    private readonly Lazy<Estimate> _estimate;

    private MetricSummary(IReadOnlyList<double> values, IReadOnlyList<int> trials, IReadOnlyList<StepValue> steps)
    {
        (Values, Trials, Steps) = (values, trials, steps);
        IndependentValues = [.. steps.Select(step => step.Value)];
        (Median, Min, Max) = (Quantiles.Median(values), values.Min(), values.Max());
        _estimate = new Lazy<Estimate>(() => Bootstrap.EstimateMedian(IndependentValues) with { Value = Median });
        Outliers = [.. Dispersion.FindOutliers(IndependentValues).SelectMany(place => steps[place].Trials)];
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

    /// <summary>One value for each step: concurrent streams share the state of the machine, so their median counts as one
    /// value.</summary>
    [JsonIgnore]
    internal IReadOnlyList<StepValue> Steps { get; }

    /// <summary>The values of <see cref="Steps"/>: what statistics rest on.</summary>
    [JsonIgnore]
    internal IReadOnlyList<double> IndependentValues { get; }

    /// <summary>The trials that it rests on, one or more.</summary>
    public IReadOnlyList<int> Trials { get; }

    /// <summary>The median with its 95% bootstrap interval over repetitions; with fewer than 5 repetitions the range, with one no
    /// interval.</summary>
    public Estimate Estimate => _estimate.Value;

    /// <summary>Trials of steps whose value is an outlier (modified z-score beyond 3.5); the metric includes them.</summary>
    public IReadOnlyList<int> Outliers { get; }

    /// <summary>Median absolute deviation between steps, scaled to be the standard deviation of normal values, as a share of the median;
    /// absent with one step.</summary>
    public double? RelativeDispersion { get; }

    /// <summary>The metric over the views that have the value; null where none has.</summary>
    internal static MetricSummary? Summarize(IEnumerable<TrialView> views, Func<TrialView, double?> value)
    {
        var having = views.Select(view => (view.Trial, Value: value(view))).Where(entry => entry.Value is not null)
            .Select(entry => (entry.Trial, Value: entry.Value!.Value)).ToList();
        if (having.Count == 0)
            return null;
        return new MetricSummary([.. having.Select(entry => entry.Value)], [.. having.Select(entry => entry.Trial.Number)],
            having[0].Trial.Concurrency <= 1
                ? [.. having.Select(entry => new StepValue(entry.Trial.Repetition, [entry.Trial.Number], entry.Value))]
                : [.. having.GroupBy(entry => entry.Trial.Repetition).Select(step => new StepValue(step.Key,
                    [.. step.Select(entry => entry.Trial.Number)], Quantiles.Median(step.Select(entry => entry.Value))))]);
    }
}

/// <summary>The value of one step.</summary>
/// <param name="Repetition">Its repetition.</param>
/// <param name="Trials">Its trials: one, or one for each concurrent stream.</param>
/// <param name="Value">The value, the median of its streams.</param>
internal sealed record StepValue(int Repetition, IReadOnlyList<int> Trials, double Value);
