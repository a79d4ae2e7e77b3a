using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Statistics;

public sealed class IsotonicFitTests
{
    private static IReadOnlyList<double> Fit(params (double Value, double Weight)[] sample) => IsotonicFit.Compute(sample);

    [Fact]
    public void Compute_InOrder_IsAsItWas() => Assert.Equal([0.1, 0.1, 0.3], Fit((0.1, 1), (0.1, 3), (0.3, 1)));

    [Fact]
    public void Compute_Neighbours_ArePooledByTheirWeights() => Assert.Equal([1, 4, 4, 7], Fit((1, 1), (6, 1), (3, 2), (7, 1)));

    // 3 and 2 make 2.5, which is below 5 before them: 10 in 3 values.
    [Fact]
    public void Compute_APoolBelowTheOneBefore_IsPooledAgain() =>
        Assert.Equal([1, 10 / 3.0, 10 / 3.0, 10 / 3.0], Fit((1, 1), (5, 1), (3, 1), (2, 1)));

    [Fact]
    public void Compute_Falling_IsTheMean() => Assert.Equal([2, 2, 2], Fit((3, 1), (2, 1), (1, 1)));

    // No other values in order are nearer: small moves away from the fit make the squares larger.
    [Fact]
    public void Compute_RandomSamples_HasTheSmallestSquares()
    {
        for (var seed = 1; seed <= 50; seed++)
        {
            var random = new Random(seed);
            var sample = Enumerable.Range(0, 12).Select(i => (Value: i / 4.0 + random.NextDouble() * 3, Weight: 1 + random.NextDouble()))
                .ToArray();
            var fit = IsotonicFit.Compute(sample);
            double Squares(IEnumerable<double> values) =>
                sample.Zip(values, (entry, value) => entry.Weight * (entry.Value - value) * (entry.Value - value)).Sum();

            Assert.Equal(fit.Order(), fit);
            for (var attempt = 0; attempt < 200; attempt++)
            {
                var other = fit.Select(value => value + (random.NextDouble() - 0.5) * 0.2).Order();
                Assert.True(Squares(fit) <= Squares(other) + 1e-12);
            }
        }
    }
}
