using System.Text.Json.Serialization;
using MemoryWall.Analysis.Review;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>One quantity over the repetitions that have it. Outliers are not dropped.</summary>
public sealed class MetricSummary
{
    private readonly Lazy<Estimate> _estimate;

    private MetricSummary(IReadOnlyList<double> values, IReadOnlyList<int> trials, IReadOnlyList<double> independent)
    {
        (Values, Trials, IndependentValues) = (values, trials, independent);
        (Median, Min, Max) = (Quantiles.Median(values), values.Min(), values.Max());
        _estimate = new Lazy<Estimate>(() => Bootstrap.EstimateMedian(IndependentValues) with { Value = Median });
        Outliers = [.. Dispersion.FindOutliers(values).Select(place => trials[place])];
        RelativeDispersion = Dispersion.RobustCoefficientOfVariation([.. values]);
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

    /// <summary>One value for each repetition: concurrent streams share the state of the machine, so their median counts as one
    /// value.</summary>
    [JsonIgnore]
    internal IReadOnlyList<double> IndependentValues { get; }

    /// <summary>The trials that it rests on, one or more.</summary>
    public IReadOnlyList<int> Trials { get; }

    /// <summary>The median with its 95% bootstrap interval over repetitions; with fewer than 5 repetitions the range, with one no
    /// interval.</summary>
    public Estimate Estimate => _estimate.Value;

    /// <summary>Trials whose value is an outlier (modified z-score beyond 3.5); the metric includes them.</summary>
    public IReadOnlyList<int> Outliers { get; }

    /// <summary>Median absolute deviation, scaled to be the standard deviation of normal values, as a share of the median; absent with one
    /// value.</summary>
    public double? RelativeDispersion { get; }

    /// <summary>The metric over the views that have the value; null where none has.</summary>
    internal static MetricSummary? Summarize(IEnumerable<TrialView> views, Func<TrialView, double?> value)
    {
        var having = views.Select(view => (view.Trial, Value: value(view))).Where(entry => entry.Value is not null)
            .Select(entry => (entry.Trial, Value: entry.Value!.Value)).ToList();
        if (having.Count == 0)
            return null;
        double[] values = [.. having.Select(entry => entry.Value)];
        return new MetricSummary(values, [.. having.Select(entry => entry.Trial.Number)], having[0].Trial.Concurrency <= 1
            ? values
            : [.. having.GroupBy(entry => entry.Trial.Repetition).Select(step => Quantiles.Median(step.Select(entry => entry.Value)))]);
    }
}
