using MemoryWall.Analysis.Review;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Analysis.Walls;

/// <summary>
/// The expected time per token at a depth if everything fits in memory, from trials of the same run that were in memory. Between two of
/// them it is interpolated. Beyond them the time grows with the bytes read per token, as for generation limited by memory bandwidth; where
/// these bytes are unknown it grows as between the last two trials, but never faster than the context.
/// </summary>
internal sealed class ExpectedTpot
{
    private readonly List<(int Context, double Seconds, double? Touched)> _points = [];
    private readonly ModelShape? _shape;
    private readonly bool _canForecast;

    private ExpectedTpot(ModelShape? shape)
    {
        _shape = shape;
        _canForecast = shape is not null && MemoryForecast.FindProblems(shape, new ForecastSettings()).Count == 0;
    }

    /// <param name="inMemory">Trials that were in memory according to their own readings.</param>
    /// <param name="shape">The model's shape; null where it is unknown.</param>
    /// <param name="maxSlowdown">The slowdown, relative to smaller contexts, from which a trial is no reference.</param>
    public static ExpectedTpot Fit(IEnumerable<TrialView> inMemory, ModelShape? shape, Func<Trial, double> maxSlowdown)
    {
        var pace = new ExpectedTpot(shape);
        foreach (var group in inMemory.Where(view => view.GenerationRate is not null).GroupBy(view => view.Trial.ContextTokens)
            .OrderBy(group => group.Key))
        {
            var seconds = group.Average(view => 1 / view.GenerationRate!.Value.PerSecond);
            var trial = group.First().Trial;
            if (pace.At(group.Key, trial) is not { } expected || seconds < group.Min(view => maxSlowdown(view.Trial)) * expected)
                pace._points.Add((group.Key, seconds, pace.BytesPerToken(trial)));
        }
        return pace;
    }

    /// <summary>Seconds per token; null where there is no reference trial.</summary>
    public double? At(int context, Trial trial)
    {
        if (_points.Count == 0)
            return null;
        var above = _points.FindIndex(entry => entry.Context >= context);
        if (above > 0)
        {
            var (low, high) = (_points[above - 1], _points[above]);
            return low.Seconds + (high.Seconds - low.Seconds) * (context - low.Context) / (high.Context - low.Context);
        }
        if (above == 0)
            return _points[0].Seconds;
        var last = _points[^1];
        var grown = BytesPerToken(trial) is { } touched && last.Touched is { } before
            ? last.Seconds * touched / before
            : Extrapolate(context);
        return Math.Max(last.Seconds, grown);
    }

    // The time is linear in the depth, with or without a constant part.
    private double Extrapolate(int context)
    {
        var last = _points[^1];
        var proportional = last.Seconds * context / last.Context;
        if (_points.Count < 2)
            return proportional;
        var before = _points[^2];
        return Math.Min(proportional,
            last.Seconds + (last.Seconds - before.Seconds) * (context - last.Context) / (last.Context - before.Context));
    }

    private double? BytesPerToken(Trial trial)
    {
        double? weights = _shape?.ActiveWeightBytes ?? _shape?.WeightBytes;
        return weights
            + (trial.KvBytes
                ?? (_canForecast
                    ? MemoryForecast.Compute(_shape!, new ForecastSettings(), Math.Max(1, trial.WindowTokens ?? trial.ContextTokens))
                        .KvBytes
                    : null));
    }
}
