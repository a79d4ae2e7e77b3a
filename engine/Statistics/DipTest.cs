using System.Collections.Concurrent;

namespace MemoryWall.Statistics;

/// <summary>
/// Whether a sample has more than one hump: the dip of Hartigan and Hartigan, "The Dip Test of Unimodality", The Annals of Statistics 13
/// (1985), doi:10.1214/aos/1176346577: the largest distance between the sample's distribution and the unimodal one that is nearest to it.
/// Unlike the coefficients of Sarle and Ashman it does not mistake a skewed sample with one hump for two, and rates are skewed: many things
/// make a trial slower, none makes it faster.
/// </summary>
internal static class DipTest
{
    /// <summary>With fewer values two humps cannot be distinguished from one.</summary>
    public const int MinSampleSize = 8;

    private const int Replicates = 4000;
    private const int Seed = 19850313;
    private static readonly ConcurrentDictionary<int, double[]> s_uniformDips = [];

    // The distribution jumps at each value: a unimodal one has to pass below its corners on the left and above them on the right.
    private static readonly Func<Step, int> s_below = step => step.Below;
    private static readonly Func<Step, int> s_above = step => step.Above;

    /// <summary>A dip below this is not significant at 5% for any sample; a test checks this by simulation. It saves the
    /// simulation.</summary>
    public static double MinSignificantDip(int count) => 0.4 / Math.Sqrt(count);

    /// <summary>The dip, 0 to 0.25.</summary>
    /// <param name="sample">One value or more.</param>
    public static double ComputeDip(IEnumerable<double> sample)
    {
        var steps = ComputeSteps(sample);
        var count = steps[^1].Above;
        // Even a perfectly unimodal sample is half a step from its nearest distribution.
        var dip = 1.0;
        var (low, high) = (0, steps.Length - 1);
        while (low < high)
        {
            var convex = ComputeHull(steps, low, high, s_below, sign: 1);
            var concave = ComputeHull(steps, low, high, s_above, sign: -1);
            var (gap, left, right) = FindWidestGap(steps, convex, concave);
            if (gap <= dip)
                break;
            for (var i = low; i <= left; i++)
                dip = Math.Max(dip, steps[i].Above - InterpolateHeight(steps, convex, i, s_below));
            for (var i = right; i <= high; i++)
                dip = Math.Max(dip, InterpolateHeight(steps, concave, i, s_above) - steps[i].Below);
            if ((left, right) == (low, high))
                break;
            (low, high) = (left, right);
        }
        return dip / (2 * count);
    }

    /// <summary>The probability of so large a dip in a uniform sample of the same size, the worst case with a single hump; simulated with a
    /// fixed seed.</summary>
    /// <param name="dip">The dip.</param>
    /// <param name="count">Values in the sample.</param>
    public static double ComputePValue(double dip, int count)
    {
        var dips = s_uniformDips.GetOrAdd(count, static size =>
        {
            var random = new Random(Seed);
            return [.. Enumerable.Range(0, Replicates).Select(_ => ComputeDip(Enumerable.Range(0, size).Select(_ => random.NextDouble())))];
        });
        return (dips.Count(other => other >= dip) + 1.0) / (Replicates + 1);
    }

    private static Step[] ComputeSteps(IEnumerable<double> sample)
    {
        var below = 0;
        return [.. sample.GroupBy(value => value).OrderBy(group => group.Key).Select(group =>
        {
            var step = new Step(group.Key, below, below + group.Count());
            below += group.Count();
            return step;
        })];
    }

    // The corners of the greatest convex curve under (sign 1) or the least concave one over (sign −1) the points.
    private static List<int> ComputeHull(Step[] steps, int low, int high, Func<Step, int> height, int sign)
    {
        var corners = new List<int>();
        for (var i = low; i <= high; i++)
        {
            while (corners.Count > 1 && sign * Turn(corners[^2], corners[^1], i) <= 0)
                corners.RemoveAt(corners.Count - 1);
            corners.Add(i);
        }
        return corners;

        double Turn(int a, int b, int c) =>
            (steps[b].At - steps[a].At) * (height(steps[c]) - height(steps[a]))
                - (height(steps[b]) - height(steps[a])) * (steps[c].At - steps[a].At);
    }

    // Between the two curves, at a corner of one of them: with the corner of the convex one at or left of it and of the concave one at or
    // right of it.
    private static (double Gap, int Left, int Right) FindWidestGap(Step[] steps, List<int> convex, List<int> concave)
    {
        var widest = (Gap: 0.0, Left: convex[0], Right: concave[^1]);
        foreach (var corner in convex)
        {
            var gap = InterpolateHeight(steps, concave, corner, s_above) - steps[corner].Below;
            if (gap > widest.Gap)
                widest = (gap, corner, concave.First(other => other >= corner));
        }
        foreach (var corner in concave)
        {
            var gap = steps[corner].Above - InterpolateHeight(steps, convex, corner, s_below);
            if (gap > widest.Gap)
                widest = (gap, convex.Last(other => other <= corner), corner);
        }
        return widest;
    }

    private static double InterpolateHeight(Step[] steps, List<int> hull, int at, Func<Step, int> height)
    {
        var right = hull.FindIndex(corner => corner >= at);
        if (hull[right] == at)
            return height(steps[at]);
        var (a, b) = (hull[right - 1], hull[right]);
        var part = (steps[at].At - steps[a].At) / (steps[b].At - steps[a].At);
        return height(steps[a]) + part * (height(steps[b]) - height(steps[a]));
    }

    /// <summary>A distinct value, with the number of values below it and of values at or below it.</summary>
    private readonly record struct Step(double At, int Below, int Above);
}
