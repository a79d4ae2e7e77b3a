using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Core.Plan;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Verdicts;

/// <summary>Verdicts on how far quicker methods deviate from computed trials.</summary>
internal static class AgreementVerdicts
{
    /// <summary>One verdict for each method and its reference.</summary>
    public static IEnumerable<Verdict> Evaluate(IEnumerable<MethodAgreement> agreements) => agreements
        .GroupBy(agreement => (agreement.Method, agreement.Reference))
        .Select(group => new Verdict(VerdictTopic.Agreement,
            $"Compared with {(group.Key.Reference == SweepMethod.Cold ? "cold trials" : "an incremental pass")} at "
                + $"{WordFormat.List(group.Select(at => NumberFormat.Context(at.ContextTokens)))}, the {FormatMethod(group.Key.Method)} "
                + $"is off by {FormatDeviation("prefill", group, at => at.PrefillRatio)} "
                + $"and {FormatDeviation("generation", group, at => at.GenerationRatio)}.",
            [.. group.SelectMany(agreement => agreement.Trials).Distinct().Order()]));

    private static string FormatMethod(SweepMethod method) =>
        method == SweepMethod.SyntheticDepth ? "pass with synthetic prefill" : method.Label();

    private static string FormatDeviation(string phase, IEnumerable<MethodAgreement> agreements, Func<MethodAgreement, double?> ratio)
    {
        var known = agreements.Select(ratio).OfType<double>()
            .Select(value => ((value - 1) * 100).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) + "%").ToList();
        return known.Count == 0 ? $"an unknown amount in {phase}" : $"{WordFormat.List(known)} in {phase}";
    }
}
