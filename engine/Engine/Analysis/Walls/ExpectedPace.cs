using MemoryWall.Facts;
using MemoryWall.Memory;
using MemoryWall.Models;

namespace MemoryWall.Analysis.Walls;

/// <summary>
/// What a token should cost at a depth if memory were no matter, from trials of the same run that were in memory. Between two of them it is interpolated;
/// beyond them time grows with the bytes that a token touches, the way generation bound by memory bandwidth does, or, where those are not known, as it
/// grew between the last two, but never faster than the context.
/// </summary>
internal sealed class ExpectedPace
{
    private readonly List<(int Context, double Seconds, double? Touched)> _known = [];
    private readonly ModelShape? _shape;
    private readonly bool _canForecast;

    private ExpectedPace(ModelShape? shape)
    {
        _shape = shape;
        _canForecast = shape is not null && MemoryForecast.FindProblems(shape, new ForecastSettings()).Count == 0;
    }

    /// <param name="inMemory">Trials that were in memory as far as their readings alone tell.</param>
    /// <param name="shape">The model's shape; null where it is not known.</param>
    /// <param name="tooSlow">How many times slower than smaller contexts explain a trial must be to be no measure of what is to be expected.</param>
    public static ExpectedPace Of(IEnumerable<TrialView> inMemory, ModelShape? shape, Func<Trial, double> tooSlow)
    {
        var pace = new ExpectedPace(shape);
        foreach (var group in inMemory.Where(view => view.GenerationRate is not null).GroupBy(view => view.Trial.ContextTokens).OrderBy(group => group.Key))
        {
            var seconds = group.Average(view => 1 / view.GenerationRate!.Value.PerSecond);
            var trial = group.First().Trial;
            if (pace.At(group.Key, trial) is not { } expected || seconds < group.Min(view => tooSlow(view.Trial)) * expected)
                pace._known.Add((group.Key, seconds, pace.Touched(trial)));
        }
        return pace;
    }

    /// <summary>Seconds per token; null where no trial tells.</summary>
    public double? At(int context, Trial trial)
    {
        if (_known.Count == 0)
            return null;
        var above = _known.FindIndex(entry => entry.Context >= context);
        if (above > 0)
        {
            var (low, high) = (_known[above - 1], _known[above]);
            return low.Seconds + (high.Seconds - low.Seconds) * (context - low.Context) / (high.Context - low.Context);
        }
        if (above == 0)
            return _known[0].Seconds;
        var last = _known[^1];
        var grown = Touched(trial) is { } touched && last.Touched is { } before ? last.Seconds * touched / before : Line(context);
        return Math.Max(last.Seconds, grown);
    }

    // What depth costs is linear in it, with or without a part that does not depend on it.
    private double Line(int context)
    {
        var last = _known[^1];
        var proportional = last.Seconds * context / last.Context;
        if (_known.Count < 2)
            return proportional;
        var before = _known[^2];
        return Math.Min(proportional, last.Seconds + (last.Seconds - before.Seconds) * (context - last.Context) / (last.Context - before.Context));
    }

    private double? Touched(Trial trial)
    {
        double? weights = _shape?.ActiveWeightBytes ?? _shape?.WeightBytes;
        return weights + (trial.KvBytes ?? (_canForecast ? MemoryForecast.Compute(_shape!, new ForecastSettings(), Math.Max(1, trial.WindowTokens ?? trial.ContextTokens)).KvBytes : null));
    }
}
