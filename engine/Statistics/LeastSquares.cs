using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;

namespace MemoryWall.Statistics;

/// <summary>
/// A linear model fitted by (weighted) least squares: y = Σ cₖ·xₖ with errors of standard deviation σ/√w. Columns are scaled to length 1
/// and solved by QR, since context and its square differ by many powers of ten.
/// </summary>
internal sealed class LeastSquares
{
    private readonly Matrix<double> _inverseNormalMatrix;
    private readonly Vector<double> _columnScales;

    private LeastSquares(Vector<double> coefficients, double deviation, int freedom, Matrix<double> inverse, Vector<double> scale)
    {
        (ResidualStandardDeviation, DegreesOfFreedom, _inverseNormalMatrix, _columnScales) = (deviation, freedom, inverse, scale);
        Coefficients = [.. coefficients];
        StandardErrors = [.. Enumerable.Range(0, coefficients.Count).Select(k => deviation * Math.Sqrt(inverse[k, k]) / scale[k])];
    }

    /// <summary>The coefficients.</summary>
    public IReadOnlyList<double> Coefficients { get; }

    /// <summary>Their standard errors.</summary>
    public IReadOnlyList<double> StandardErrors { get; }

    /// <summary>The residuals' standard deviation at weight 1.</summary>
    public double ResidualStandardDeviation { get; }

    /// <summary>Points less coefficients, 1 or more.</summary>
    public int DegreesOfFreedom { get; }

    /// <summary>Fits; null where there are no more points than coefficients, or the coefficients are not determined.</summary>
    /// <param name="rows">xₖ of each point.</param>
    /// <param name="y">The values.</param>
    /// <param name="weights">The weights, above 0.</param>
    public static LeastSquares? Fit(IReadOnlyList<double[]> rows, IReadOnlyList<double> y, IReadOnlyList<double> weights)
    {
        if (rows.Count == 0 || rows.Count <= rows[0].Length)
            return null;
        var root = Vector<double>.Build.DenseOfEnumerable(weights.Select(Math.Sqrt));
        var x = Matrix<double>.Build.DenseOfRowArrays([.. rows.Zip(root, (row, weight) => row.Select(value => value * weight).ToArray())]);
        var target = Vector<double>.Build.DenseOfEnumerable(y).PointwiseMultiply(root);
        var scale = x.ColumnNorms(2);
        if (scale.Any(length => length == 0 || !double.IsFinite(length)))
            return null;
        for (var k = 0; k < x.ColumnCount; k++)
            x.SetColumn(k, x.Column(k) / scale[k]);
        var qr = x.QR(MathNet.Numerics.LinearAlgebra.Factorization.QRMethod.Thin);
        // A column that the others determine to ten digits cannot be fitted.
        if (qr.R.Diagonal().Any(value => Math.Abs(value) < 1e-10))
            return null;
        var scaled = qr.Solve(target);
        var residuals = target - x * scaled;
        var freedom = rows.Count - x.ColumnCount;
        var inverse = qr.R.Inverse();
        return new LeastSquares(scaled.PointwiseDivide(scale), Math.Sqrt(residuals.DotProduct(residuals) / freedom), freedom,
            inverse * inverse.Transpose(), scale);
    }

    /// <summary>The model's value.</summary>
    public double Predict(double[] row) => row.Zip(Coefficients, (x, c) => x * c).Sum();

    /// <summary>
    /// The interval that a single new value is expected in: t·σ·√(1/w + xᵀ(XᵀWX)⁻¹x), which grows with the distance from what was measured
    /// (Draper and Smith, "Applied Regression Analysis" (1998), 3.1). It includes the scatter and the uncertainty of the coefficients, but
    /// not the error of the model's form.
    /// </summary>
    /// <param name="row">xₖ of the new point.</param>
    /// <param name="weight">Its weight.</param>
    /// <param name="level">The level, for example 0.95.</param>
    public Interval PredictionInterval(double[] row, double weight, double level)
    {
        var half = StudentT.InvCDF(0, 1, DegreesOfFreedom, (1 + level) / 2) * ResidualStandardDeviation * Math.Sqrt(
            1 / weight + RelativeVariance(row));
        return new Interval(Predict(row) - half, Predict(row) + half);
    }

    /// <summary>The variance of the model's value, at errors of variance 1 for weight 1: xᵀ(XᵀWX)⁻¹x.</summary>
    public double RelativeVariance(double[] row)
    {
        var x = Vector<double>.Build.DenseOfArray(row).PointwiseDivide(_columnScales);
        return x * _inverseNormalMatrix * x;
    }
}
