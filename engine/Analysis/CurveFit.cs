using System.Text.Json.Serialization;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>One coefficient of a fit.</summary>
/// <param name="Name">What it multiplies: <c>1</c>, <c>N</c>, <c>N²</c> or <c>depth</c>.</param>
/// <param name="Seconds">Its value, in seconds (per token, per token squared).</param>
/// <param name="StandardError">Its standard error, in the same unit.</param>
/// <param name="Interval">Its interval, 95% for all terms of both curves of a level together; where it contains 0 the term is within
/// noise.</param>
public sealed record FitTerm(string Name, double Seconds, double StandardError, Interval Interval);

/// <summary>The deviation of one trial from the curve.</summary>
/// <param name="Trial">Its number.</param>
/// <param name="Tokens">The context or depth.</param>
/// <param name="Seconds">The measured time.</param>
/// <param name="Relative">The measured value less the curve, as a share of the curve.</param>
public sealed record FitResidual(int Trial, double Tokens, double Seconds, double Relative);

/// <summary>A curve's value at a context or depth.</summary>
/// <param name="Tokens">The context or depth.</param>
/// <param name="Seconds">The value.</param>
/// <param name="Interval">The 95% interval of a single new trial, if the curve's formula applies there.</param>
/// <param name="IsForecast">Whether it is outside the measured range.</param>
internal sealed record FitValue(double Tokens, double Seconds, Interval Interval, bool IsForecast);

/// <summary>
/// A curve through the trials of one level that does not follow strays (<see cref="RobustFit"/>), with weights 1/y², where y is the median
/// time of each context: a busy machine causes relative errors, and without weights the largest context would dominate the fit.
/// </summary>
public sealed class CurveFit
{
    private static readonly string[] s_prefillTerms = ["1", "N", "N²"];
    private static readonly string[] s_interTokenTerms = ["1", "depth"];

    private readonly RobustFit _fit;
    private readonly Func<double, double[]> _row;
    private readonly double _level;

    private CurveFit(RobustFit fit, Func<double, double[]> row, string[] names,
        IReadOnlyList<(int Trial, double Tokens, double Seconds)> points, double level)
    {
        (_fit, _row, _level) = (fit, row, level);
        // A reader looks at both curves of a level, so the level holds for all their terms together: with 95% for each curve, one run in
        // thirteen of a simulation had a term by chance.
        var terms = s_prefillTerms.Length + s_interTokenTerms.Length;
        Terms = [.. names.Select((name, k) => new FitTerm(name, fit.Coefficients[k], fit.StandardErrors[k],
            fit.CoefficientInterval(k, 1 - (1 - level) / terms)))];
        Residuals = [
            .. points.Select(
                point => new FitResidual(point.Trial, point.Tokens, point.Seconds, point.Seconds / fit.Predict(row(point.Tokens)) - 1))];
        (FromTokens, ToTokens) = (points.Min(point => point.Tokens), points.Max(point => point.Tokens));
        Trials = [.. points.Select(point => point.Trial).Distinct().Order()];
    }

    /// <summary>The coefficients.</summary>
    public IReadOnlyList<FitTerm> Terms { get; }

    /// <summary>The residuals, one for each trial.</summary>
    public IReadOnlyList<FitResidual> Residuals { get; }

    /// <summary>Standard deviation of a single trial about the curve, as a share of the value.</summary>
    public double RelativeDeviation => _fit.Scatter;

    /// <summary>Residual degrees of freedom: steps less coefficients, 1 or more. With few of them <see cref="RelativeDeviation"/> is
    /// uncertain itself.</summary>
    public int DegreesOfFreedom => _fit.DegreesOfFreedom;

    /// <summary>The smallest context or depth that it rests on.</summary>
    public double FromTokens { get; }

    /// <summary>The largest; beyond it a value is a forecast.</summary>
    public double ToTokens { get; }

    /// <summary>The trials that it rests on.</summary>
    [JsonIgnore]
    public IReadOnlyList<int> Trials { get; }

    /// <summary>The curve's value with its prediction interval; null where the curve is not above 0, so its formula does not apply
    /// there.</summary>
    /// <param name="tokens">Context or depth in tokens, above 0.</param>
    internal FitValue? At(double tokens)
    {
        var row = _row(tokens);
        var seconds = _fit.Predict(row);
        if (seconds <= 0)
            return null;
        var interval = _fit.PredictionInterval(row, 1 / (seconds * seconds), _level);
        return new FitValue(tokens, seconds, interval with { Low = Math.Max(0, interval.Low) }, tokens < FromTokens || tokens > ToTokens);
    }

    /// <summary>Prefill time a + b·N + c·N²: a fixed cost, the weights, attention. It needs 4 contexts, since a curve with as many
    /// coefficients passes through every context.</summary>
    internal static (CurveFit? Fit, MissingFit? Missing) FitPrefill(
        IReadOnlyList<(int Trial, double Tokens, double Seconds)> points, double level) =>
        Fit(points, n => [1, n, n * n], s_prefillTerms, level);

    /// <summary>Time between tokens α + β·depth: the weights, the cache that is read. It needs 3 depths.</summary>
    internal static (CurveFit? Fit, MissingFit? Missing) FitInterToken(
        IReadOnlyList<(int Trial, double Tokens, double Seconds)> points, double level) =>
        Fit(points, depth => [1, depth], s_interTokenTerms, level);

    private static (CurveFit? Fit, MissingFit? Missing) Fit(IReadOnlyList<(int Trial, double Tokens, double Seconds)> points,
        Func<double, double[]> row, string[] names, double level)
    {
        var contexts = points.Select(point => point.Tokens).Distinct().Count();
        if (contexts <= names.Length)
            return (null, new TooFewContexts(contexts, names.Length + 1));
        if (points.Any(point => point.Seconds <= 0))
            return (null, new NotDetermined());
        var medians = points.GroupBy(point => point.Tokens)
            .ToDictionary(same => same.Key, same => Quantiles.Median(same.Select(point => point.Seconds)));
        var fit = RobustFit.Fit([.. points.Select(point => row(point.Tokens))], [.. points.Select(point => point.Seconds)],
            [.. points.Select(point => 1 / (medians[point.Tokens] * medians[point.Tokens]))]);
        if (fit is null)
            return (null, new NotDetermined());
        var curve = new CurveFit(fit, row, names, points, level);
        // Times from a damaged file may be any; what overflows is no curve.
        var figures = curve.Residuals.Select(residual => residual.Relative)
            .Concat(curve.Terms.SelectMany(term => new[] { term.Interval.Low, term.Interval.High })).Append(curve.RelativeDeviation);
        return figures.All(double.IsFinite) ? (curve, null) : (null, new NotDetermined());
    }
}
