using MemoryWall.Analysis.Reports;
using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Core.Plan;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting;

/// <summary>The fitted curves of a run, one line each: the formula, the scatter of the trials, and the forecast at twice the largest
/// context.</summary>
internal static class FitSentences
{
    public static IEnumerable<string> Format(RunReport analysis)
    {
        ArgumentNullException.ThrowIfNull(analysis);
        foreach (var level in analysis.Fits)
        {
            var prefix = analysis.Fits.Count > 1
                ? $"{level.Concurrency} stream(s), {level.OutputTokensAsked} output tokens, {level.Method.Label()}: "
                : "";
            if (level.Prefill is { } prefill)
                yield return $"{prefix}Prefill of N tokens takes {FormatFit(prefill, "N")}";
            if (level.InterToken is { } generation)
                yield return $"{prefix}One token takes {FormatFit(generation, "context")}";
        }
    }

    private static string FormatFit(CurveFit fit, string variable)
    {
        var terms = string.Concat(fit.Terms.Select((term, index) => FormatSign(term, index == 0) + FormatTerm(term, variable)));
        var noise = fit.Terms.Where(term => term.Interval.Contains(0)).Select(term => FormatTerm(term, variable)).ToList();
        var isNoise = noise.Count == 0 ? "" : $" ({FormatNoise(noise, fit.Terms.Count)} within noise)";
        var scatter = string.Create(CultureInfo.InvariantCulture,
            $"Single trials scatter ±{fit.RelativeDeviation:0.#%} around this fit ({fit.Residuals.Count} trials).");
        var forecast = fit.At(2 * fit.ToTokens) is { } value
            ? $" Forecast at {NumberFormat.Tokens(value.Tokens)}, beyond the measured contexts: {NumberFormat.Duration(value.Seconds)} "
                + $"({NumberFormat.Duration(value.Interval.Low)} to {NumberFormat.Duration(value.Interval.High)} if the formula "
                    + $"still applies)."
            : "";
        return $"{terms}{isNoise}. {scatter}{forecast}";
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
            "1" => FormatSeconds(seconds),
            "N²" => $"{FormatSeconds(seconds * 1e6)} per (1,000 tokens)²",
            _ => $"{FormatSeconds(seconds * 1e3)} per 1,000 tokens of {(variable == "N" ? "prompt" : variable)}",
        };
    }

    private static string FormatSeconds(double seconds) => seconds switch
    {
        < 1e-3 => (seconds * 1e6).ToString("0.##", CultureInfo.InvariantCulture) + " µs",
        < 1 => (seconds * 1e3).ToString("0.##", CultureInfo.InvariantCulture) + " ms",
        _ => seconds.ToString("0.##", CultureInfo.InvariantCulture) + " s",
    };
}
