using MathNet.Numerics.Distributions;

namespace MemoryWall.Statistics;

/// <summary>
/// A linear model whose coefficients do not follow strays: Tukey's biweight by repeated weighted least squares, from the fit with the
/// smallest sum of absolute residuals (Beaton and Tukey, "The Fitting of Power Series, Meaning Polynomials, Illustrated on
/// Band-Spectroscopic Data", Technometrics 16 (1974), doi:10.1080/00401706.1974.10489171). Scale and standard errors after Street, Carroll
/// and Ruppert, "A Note on Computing Robust Regression Estimates via Iteratively Reweighted Least Squares", The American Statistician 42
/// (1988), doi:10.1080/00031305.1988.10475548: the scale is the median of the n − p + 1 largest of n absolute residuals with p
/// coefficients, since a fit of least absolute residuals passes through p points. With few points it is the plain fit, because nothing
/// shows which of them is the stray.
/// </summary>
internal sealed class RobustFit
{
    // Efficiency of 95% with normal errors.
    private const double Tuning = 4.685;
    private const double NormalMad = 0.6745;
    private const int MinPointsPerCoefficient = 2;
    private const int MaxSteps = 50;
    private const double Tolerance = 1e-7;
    private const double RoundedShare = 1e-3;

    private readonly LeastSquares _plain;
    private readonly double _deviation;
    private readonly int _freedom;

    private RobustFit(LeastSquares plain, IReadOnlyList<double> coefficients, double deviation, double scatter, int freedom)
    {
        (_plain, Coefficients, _deviation, Scatter, _freedom) = (plain, coefficients, deviation, scatter, freedom);
        StandardErrors = [.. Enumerable.Range(0, coefficients.Count).Select(k =>
            StandardError([.. Enumerable.Range(0, coefficients.Count).Select(other => other == k ? 1.0 : 0)]))];
    }

    /// <summary>The coefficients.</summary>
    public IReadOnlyList<double> Coefficients { get; }

    /// <summary>Their standard errors.</summary>
    public IReadOnlyList<double> StandardErrors { get; }

    /// <summary>The standard deviation of single points about the model at weight 1, strays included.</summary>
    public double Scatter { get; }

    /// <summary>Points less coefficients, 1 or more.</summary>
    public int DegreesOfFreedom => _plain.DegreesOfFreedom;

    /// <summary>Fits; null where there are no more points than coefficients, or the coefficients are not determined.</summary>
    /// <param name="rows">xₖ of each point.</param>
    /// <param name="y">The values.</param>
    /// <param name="weights">The weights, above 0: 1 ÷ the variance that each value is expected to have.</param>
    public static RobustFit? Fit(IReadOnlyList<double[]> rows, IReadOnlyList<double> y, IReadOnlyList<double> weights)
    {
        if (LeastSquares.Fit(rows, y, weights) is not { } plain)
            return null;
        var count = plain.Coefficients.Count;
        if (rows.Count <= MinPointsPerCoefficient * count)
            return FromPlain(plain);
        double[] Residuals(LeastSquares fit) => [.. rows.Select((row, i) => Math.Sqrt(weights[i]) * (y[i] - fit.Predict(row)))];
        double[] Reweight(Func<double, double> weight, double[] residuals) =>
            [.. residuals.Select((residual, i) => weights[i] * weight(residual))];
        var size = y.Zip(weights, (value, weight) => Math.Abs(value) * Math.Sqrt(weight)).Max();
        LeastSquares Iterate(LeastSquares start, Func<LeastSquares, double[]> weigh)
        {
            var fit = start;
            for (var step = 0; step < MaxSteps; step++)
            {
                if (LeastSquares.Fit(rows, y, weigh(fit)) is not { } next)
                    break;
                var change = rows.Select((row, i) => Math.Abs(next.Predict(row) - fit.Predict(row)) * Math.Sqrt(weights[i])).Max();
                fit = next;
                if (change <= Tolerance * size)
                    break;
            }
            return fit;
        }
        var median = Iterate(plain, fit =>
        {
            var residuals = Residuals(fit);
            // A residual of 0 would have an infinite weight.
            var least = Tolerance + 1e-4 * residuals.Average(Math.Abs);
            return Reweight(residual => 1 / Math.Max(Math.Abs(residual), least), residuals);
        });
        double[] distances = [.. Residuals(median).Select(Math.Abs).Order()];
        var scale = Quantiles.Median(distances.Skip(count - 1)) / NormalMad;
        // Values that a clock rounded to the same number show no scatter, and a stray among them is no reason to call them exact.
        if (scale <= Math.Max(Tolerance * size, RoundedShare * distances.Average()))
            return FromPlain(plain);
        double Share(double residual) => Math.Abs(residual) < Tuning * scale ? 1 - Math.Pow(residual / (Tuning * scale), 2) : 0;
        var robust = Iterate(median, fit => Reweight(residual => Math.Pow(Share(residual), 2), Residuals(fit)));
        var left = Residuals(robust);
        double[] slopes = [.. left.Select(residual => Share(residual) is var share && share > 0 ? share * (5 * share - 4) : 0)];
        var slope = slopes.Average();
        if (slope <= 0)
            return FromPlain(plain);
        var correction = 1 + (double)count / rows.Count * slopes.Average(value => Math.Pow(value - slope, 2)) / (slope * slope);
        var influence = left.Sum(residual => Math.Pow(residual * Math.Pow(Share(residual), 2), 2)) / plain.DegreesOfFreedom;
        // A stray does not tell how far others scatter, so it gives no degree of freedom.
        var counted = (int)left.Sum(residual => Math.Pow(Share(residual), 2));
        return new RobustFit(plain, robust.Coefficients, correction * Math.Sqrt(influence) / slope,
            Math.Sqrt(left.Sum(residual => residual * residual) / plain.DegreesOfFreedom), Math.Max(1, counted - count));
    }

    /// <summary>The model's value.</summary>
    public double Predict(double[] row) => row.Zip(Coefficients, (x, c) => x * c).Sum();

    /// <summary>The standard error of the model's value.</summary>
    public double StandardError(double[] row) => _deviation * Math.Sqrt(_plain.RelativeVariance(row));

    /// <summary>The interval of a coefficient.</summary>
    /// <param name="k">Its place.</param>
    /// <param name="level">The confidence level.</param>
    public Interval CoefficientInterval(int k, double level)
    {
        var half = Student(level) * StandardErrors[k];
        return new Interval(Coefficients[k] - half, Coefficients[k] + half);
    }

    /// <summary>The interval that a single new value is expected in, from the scatter of single points and the uncertainty of the
    /// coefficients; it does not contain the error of the model's form (Draper and Smith, "Applied Regression Analysis" (1998),
    /// 3.1).</summary>
    /// <param name="row">xₖ of the new point.</param>
    /// <param name="weight">Its weight.</param>
    /// <param name="level">The level, for example 0.95.</param>
    public Interval PredictionInterval(double[] row, double weight, double level)
    {
        var error = StandardError(row);
        var half = Student(level) * Math.Sqrt(Scatter * Scatter / weight + error * error);
        return new Interval(Predict(row) - half, Predict(row) + half);
    }

    private double Student(double level) => StudentT.InvCDF(0, 1, _freedom, (1 + level) / 2);

    private static RobustFit FromPlain(LeastSquares plain) =>
        new(plain, plain.Coefficients, plain.ResidualStandardDeviation, plain.ResidualStandardDeviation,
            plain.DegreesOfFreedom);
}
