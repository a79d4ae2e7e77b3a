using MemoryWall.Analysis;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Plan;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>How far quicker methods deviate from computed trials, in words.</summary>
internal static class AgreementPhrases
{
    /// <summary>The deviation of each rate at each context.</summary>
    public static string Format(AgreementVerdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return $"Compared with {(verdict.Reference == SweepMethod.Cold ? "cold trials" : "an incremental pass")} at "
            + $"{WordFormat.List(verdict.Contexts.Select(at => NumberFormat.Context(at.ContextTokens)))}, the "
            + $"{FormatMethod(verdict.Method)} is off by {FormatDeviation("prefill", verdict, at => at.PrefillRatio)} "
            + $"and {FormatDeviation("generation", verdict, at => at.GenerationRatio)}.";
    }

    private static string FormatMethod(SweepMethod method) =>
        method == SweepMethod.SyntheticDepth ? "pass with synthetic prefill" : method.Label();

    private static string FormatDeviation(string phase, AgreementVerdict verdict, Func<MethodAgreement, double?> ratio)
    {
        var known = verdict.Contexts.Select(ratio).OfType<double>()
            .Select(value => NumberFormat.Deviation(value - 1)).ToList();
        return known.Count == 0 ? $"an unknown amount in {phase}" : $"{WordFormat.List(known)} in {phase}";
    }
}
