using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Plan;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The fitted curves of a run, one line each: the formula, the scatter of the trials, and the forecast at twice the largest
/// context.</summary>
internal static class FitPhrases
{
    public static IEnumerable<string> Format(RunReport analysis)
    {
        ArgumentNullException.ThrowIfNull(analysis);
        foreach (var level in analysis.Fits)
        {
            var prefix = analysis.Fits.Count > 1
                ? $"{level.Concurrency} stream(s), {level.OutputTokensAsked} output tokens, {level.Method.Label()}: "
                : "";
            yield return prefix + (level.Prefill is { } prefill
                ? $"Prefill of N tokens takes {FormatFit(prefill, "prompt")}"
                : FormatMissing("the prefill time", level.MissingPrefill!));
            yield return prefix + (level.InterToken is { } generation
                ? $"One token takes {FormatFit(generation, "context")}"
                : FormatMissing("the time between tokens", level.MissingInterToken!));
        }
    }

    /// <summary>Why a curve is not fitted: <c>No curve of the prefill time: 3 contexts were measured and a fit needs 4.</c></summary>
    /// <param name="what">What the curve would be of, with its article.</param>
    /// <param name="missing">The reason.</param>
    public static string FormatMissing(string what, MissingFit missing) => $"No curve of {what}: " + missing switch
    {
        TooFewContexts { Contexts: 0 } => "it was not measured.",
        TooFewContexts few => $"it was measured at {WordFormat.Count(few.Contexts, "context")}, and a fit needs {few.MinContexts}.",
        OnlyLastBatchTimed => "with synthetic depth only the last batch of the prompt is computed.",
        _ => "the measured times determine none.",
    };

    /// <summary>The formula: <c>59.5 ms + 616 ms per 1,000 tokens of prompt (both within noise)</c>.</summary>
    /// <param name="fit">The fit.</param>
    /// <param name="variable">What grows: <c>prompt</c> or <c>context</c>.</param>
    public static string FormatFormula(CurveFit fit, string variable)
    {
        var terms = string.Concat(fit.Terms.Select((term, index) => FormatSign(term, index == 0) + FormatTerm(term, variable)));
        var noise = fit.Terms.Where(term => term.Interval.Contains(0)).Select(term => FormatTerm(term, variable)).ToList();
        return terms + (noise.Count == 0 ? "" : $" ({FormatNoise(noise, fit.Terms.Count)} within noise)");
    }

    /// <summary>How far single trials are from the fit, and by how many residual degrees of freedom that is known.</summary>
    public static string FormatScatter(CurveFit fit) =>
        $"single trials scatter ±{NumberFormat.Percent(fit.RelativeDeviation)} around this fit "
        + $"({WordFormat.Count(fit.Residuals.Count, "trial")}, {WordFormat.Count(fit.DegreesOfFreedom, "residual degree")} of freedom)";

    private static string FormatFit(CurveFit fit, string variable)
    {
        var forecast = fit.At(2 * fit.ToTokens) is { } value
            ? $" Forecast at {NumberFormat.Tokens(value.Tokens)}, beyond the measured contexts: {NumberFormat.Duration(value.Seconds)} "
                + $"({NumberFormat.Duration(value.Interval.Low)} to {NumberFormat.Duration(value.Interval.High)} if the formula "
                    + $"still applies)."
            : "";
        return $"{FormatFormula(fit, variable)}. {WordFormat.Capitalize(FormatScatter(fit))}.{forecast}";
    }

    private static string FormatNoise(IReadOnlyList<string> noise, int terms) => (noise.Count == terms, terms) switch
    {
        (true, 1) => "it is",
        (true, 2) => "both",
        (true, _) => "all",
        _ => WordFormat.List(noise),
    };

    private static string FormatSign(FitTerm term, bool isFirst) => (isFirst, term.Seconds < 0) switch
    {
        (true, true) => "−",
        (true, false) => "",
        (false, true) => " − ",
        _ => " + ",
    };

    // Coefficients per token are a few microseconds; per 1,000 tokens they are readable.
    private static string FormatTerm(FitTerm term, string variable)
    {
        var seconds = Math.Abs(term.Seconds);
        return term.Name switch
        {
            "1" => NumberFormat.Duration(seconds),
            "N²" => $"{NumberFormat.Duration(seconds * 1e6)} per (1,000 tokens)²",
            _ => $"{NumberFormat.Duration(seconds * 1e3)} per 1,000 tokens of {variable}",
        };
    }
}
