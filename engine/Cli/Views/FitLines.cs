using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;

namespace MemoryWall.Cli.Views;

/// <summary>The curves of a run in a line each, with how well they hold and what they say of twice the largest context.</summary>
internal static class FitLines
{
    public static IEnumerable<string> Format(RunAnalysis analysis)
    {
        foreach (var level in analysis.Fits)
        {
            var prefix = analysis.Fits.Count > 1
                ? string.Create(CultureInfo.InvariantCulture,
                    $"{level.Concurrency} stream(s), {level.OutputTokensAsked} output tokens, {level.Method.Label()}: ")
                : "";
            if (level.Prefill is { } prefill)
                yield return prefix + "prefill time = " + FormatFit(prefill, "N");
            if (level.InterToken is { } generation)
                yield return prefix + "time between tokens = " + FormatFit(generation, "depth");
        }
    }

    private static string FormatFit(CurveFit fit, string variable)
    {
        var terms = string.Concat(fit.Terms.Select((term, k) => (k == 0 ? (term.Seconds < 0 ? "−" : "")
            : term.Seconds < 0 ? " − " : " + ") + FormatTerm(term)));
        var spread = string.Create(CultureInfo.InvariantCulture,
            $"a trial lies {fit.RelativeDeviation:0.0%} about it ({fit.Residuals.Count} trials, {variable} {fit.FromTokens:#,0} to {fit.ToTokens:#,0})");
        var beyond = fit.At(2 * fit.ToTokens) is { } value
            ? string.Create(CultureInfo.InvariantCulture,
                $"; forecast at {value.Tokens:#,0}, beyond what was measured: {NumberFormat.Duration(value.Seconds)} ({NumberFormat.Duration(value.Interval.Low)} to {NumberFormat.Duration(value.Interval.High)}, as far as the form holds)")
            : "";
        return $"{terms}; {spread}{beyond}";
    }

    private static string FormatTerm(FitTerm term) => string.Create(CultureInfo.InvariantCulture,
        $"{Math.Abs(term.Seconds):0.###e+0} s{(term.Name == "1" ? "" : "·" + term.Name)}{(term.Interval.Contains(0) ? " (not told from 0)" : "")}");
}
