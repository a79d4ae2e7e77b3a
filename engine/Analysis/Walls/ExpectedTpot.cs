using MemoryWall.Analysis.Review;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Analysis.Walls;

/// <summary>
/// The expected time per token at a depth if everything fits in memory, from trials of the same run that were in memory. Between two of
/// them it is interpolated. Beyond them the time grows with the bytes read per token, as for generation limited by memory bandwidth. Where
/// these bytes are unknown it grows as between the last two trials, but never faster than the context; far beyond the last trial, nobody
/// measured whether it does, so there it is known only that it lies between two bounds.
/// </summary>
internal sealed class ExpectedTpot
{
    /// <summary>Bounds of the expected time.</summary>
    /// <param name="Low">At least so many seconds per token, without a part that nothing measured explains.</param>
    /// <param name="High">At most so many.</param>
    public readonly record struct Range(double Low, double High);

    private readonly List<(int Context, double Seconds, double? Touched)> _points = [];
    private readonly ModelShape? _shape;
    private readonly bool _canForecast;
    private readonly double _maxReach;

    private ExpectedTpot(ModelShape? shape, double maxReach)
    {
        (_shape, _maxReach) = (shape, maxReach);
        _canForecast = shape is not null && MemoryForecast.FindProblems(shape, new ForecastSettings()).Count == 0;
    }

    /// <param name="inMemory">Trials that were in memory according to their own readings.</param>
    /// <param name="shape">The model's shape; null where it is unknown.</param>
    /// <param name="maxReach">The multiple of the largest reference up to which the time is extrapolated.</param>
    /// <param name="maxSlowdown">The slowdown, relative to smaller contexts, from which a trial is no reference.</param>
    public static ExpectedTpot Fit(IEnumerable<TrialView> inMemory, ModelShape? shape, double maxReach, Func<Trial, double> maxSlowdown)
    {
        var pace = new ExpectedTpot(shape, maxReach);
        foreach (var group in inMemory.Where(view => view.GenerationRate is not null).GroupBy(view => view.Trial.ContextTokens)
            .OrderBy(group => group.Key))
        {
            var seconds = group.Average(view => 1 / view.GenerationRate!.Value.PerSecond);
            var trial = group.First().Trial;
            if (pace.At(group.Key, trial) is not { } expected || seconds < group.Min(view => maxSlowdown(view.Trial)) * expected.Low)
                pace._points.Add((group.Key, seconds, pace.BytesPerToken(trial)));
        }
        return pace;
    }

    /// <summary>Seconds per token; null where there is no reference trial.</summary>
    public Range? At(int context, Trial trial)
    {
        if (_points.Count == 0)
            return null;
        var above = _points.FindIndex(entry => entry.Context >= context);
        if (above > 0)
        {
            var (low, high) = (_points[above - 1], _points[above]);
            return Exactly(low.Seconds + (high.Seconds - low.Seconds) * (context - low.Context) / (high.Context - low.Context));
        }
        if (above == 0)
            return Exactly(_points[0].Seconds);
        var last = _points[^1];
        return BytesPerToken(trial) is { } touched && last.Touched is { } before
            ? Exactly(Math.Max(last.Seconds, last.Seconds * touched / before))
            : new Range(Extrapolate(Math.Min(context, _maxReach * last.Context)), Extrapolate(context));
    }

    private static Range Exactly(double seconds) => new(seconds, seconds);

    // The time is linear in the depth, with or without a constant part.
    private double Extrapolate(double context)
    {
        var last = _points[^1];
        var proportional = last.Seconds * context / last.Context;
        if (_points.Count < 2)
            return proportional;
        var before = _points[^2];
        var linear = last.Seconds + (last.Seconds - before.Seconds) * (context - last.Context) / (last.Context - before.Context);
        return Math.Max(last.Seconds, Math.Min(proportional, linear));
    }

    private double? BytesPerToken(Trial trial)
    {
        double? weights = _shape?.ActiveWeightBytes ?? _shape?.WeightBytes;
        return weights
            + (trial.KvBytes
                ?? (_canForecast
                    ? MemoryForecast.Compute(_shape!, new ForecastSettings(), Math.Max(1, trial.ContextTokens)).KvBytes
                    : null));
    }
}
