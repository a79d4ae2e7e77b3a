using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>One quantity over the repetitions that have it. The range is shown as it is: a handful of trials gives no interval.</summary>
/// <param name="Median">The median.</param>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
/// <param name="Trials">The trials that it rests on, one or more.</param>
public sealed record Figure(double Median, double Min, double Max, IReadOnlyList<int> Trials)
{
    /// <summary>The figure of those views that have the value; null where none has.</summary>
    internal static Figure? Of(IEnumerable<TrialView> views, Func<TrialView, double?> value)
    {
        var having = views.Select(view => (view.Trial.Number, Value: value(view))).Where(entry => entry.Value is not null).ToList();
        if (having.Count == 0)
            return null;
        var values = having.Select(entry => entry.Value!.Value).ToList();
        return new Figure(Quantiles.Median(values), values.Min(), values.Max(), [.. having.Select(entry => entry.Number)]);
    }
}
