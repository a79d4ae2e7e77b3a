using MemoryWall.Facts;
using MemoryWall.Models;

namespace MemoryWall.Analysis.Walls;

/// <summary>
/// What a token should cost at a depth if memory were no matter, from trials of the same run that were in memory. Between two of them it is
/// interpolated; beyond them time grows with the bytes that a token touches, the way generation bound by memory bandwidth does.
/// </summary>
internal sealed class ExpectedPace
{
    private readonly List<(int Context, double Seconds, double? Touched)> _known;
    private readonly double? _weights;

    private ExpectedPace(List<(int, double, double?)> known, double? weights)
    {
        _known = known;
        _weights = weights;
    }

    public static ExpectedPace Of(IEnumerable<TrialView> inMemory, ModelShape? shape)
    {
        double? weights = shape?.TouchedWeightBytes ?? shape?.WeightBytes;
        var known = inMemory.Where(view => view.GenerationRate is not null)
            .GroupBy(view => view.Trial.ContextTokens)
            .Select(group => (group.Key, group.Average(view => 1 / view.GenerationRate!.Value.PerSecond), weights + group.First().Trial.KvBytes))
            .OrderBy(entry => entry.Key)
            .ToList();
        return new ExpectedPace(known, weights);
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
        var (_, seconds, touched) = _known[^1];
        return seconds * Math.Max(1, (_weights + trial.KvBytes) / touched ?? 1);
    }
}
