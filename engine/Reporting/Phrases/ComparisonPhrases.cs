using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Reports;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The words for a comparison of two runs in figures and tables.</summary>
internal static class ComparisonPhrases
{
    public static string Name(ComparedQuantity quantity) => quantity switch
    {
        ComparedQuantity.PrefillTps => "prefill rate",
        ComparedQuantity.GenerationTps => "generation rate",
        _ => "TTFT",
    };

    public static string Value(ComparedQuantity quantity, double value) =>
        quantity == ComparedQuantity.TtftSeconds ? NumberFormat.Duration(value) : NumberFormat.Rate(value);

    /// <summary>A setting or system in which the two runs differ: <c>kv type: f16 → q8_0</c>.</summary>
    public static string Difference(RunDifference difference) =>
        $"{difference.Name}: {FormatValue(difference, difference.First)} → {FormatValue(difference, difference.Second)}";

    /// <summary>What differs between two systems, in one line; null where nothing does.</summary>
    public static string? Differences(SystemDifferences systems) => systems.Differences.Count == 0
        ? null
        : $"{WordFormat.SingleLine(systems.System)} differs from {WordFormat.SingleLine(systems.Over)} in "
            + $"{string.Join("; ", systems.Differences.Select(Difference))}";

    private static string FormatValue(RunDifference difference, string? value) => value switch
    {
        null or "" => NumberFormat.Absent,
        _ when difference.IsBytes && long.TryParse(value, CultureInfo.InvariantCulture, out var bytes) => NumberFormat.Bytes(bytes),
        _ => WordFormat.ShortenCommits(WordFormat.SingleLine(value)),
    };

    /// <summary>The second run by a verdict, in a few words: a shorter TTFT is faster too.</summary>
    public static string Verdict(ComparedQuantity quantity, RatioFinding finding, double? margin) => finding.Verdict switch
    {
        RatioVerdict.TooFew => $"{SupportFormat.Missing(finding)} needed",
        RatioVerdict.NoDifferenceShown => "no difference shown",
        RatioVerdict.Equivalent => margin is { } share ? $"the same within {NumberFormat.PercentSetting(share)}" : "the same",
        RatioVerdict.Higher => quantity == ComparedQuantity.TtftSeconds ? "slower" : "faster",
        _ => quantity == ComparedQuantity.TtftSeconds ? "faster" : "slower",
    };

    /// <summary>How to read the table of a comparison, and what it does not contain.</summary>
    public static IEnumerable<string> Notes(Comparison comparison)
    {
        if (comparison.Barrier is { } barrier)
        {
            yield return $"The runs {Barrier(barrier)}, so they are not compared.";
            yield break;
        }
        if (comparison.Contexts.Count == 0)
            yield return "The runs have no results in common: at the same context, by the same method and with as many streams.";
        if (comparison.Unmatched.Count > 0)
            yield return "Contexts with results in only one run: "
                + $"{string.Join(", ", comparison.Unmatched.Select(tokens => NumberFormat.Tokens(tokens)))}.";
        if (comparison.Contexts.Count == 0)
            yield break;
        var zones = comparison.Contexts.Select(row => FormatZone(row.Finding)).Distinct();
        yield return $"The ratio is second ÷ first with its interval, {NumberFormat.PercentSetting(comparison.ConfidenceLevel)} for all "
            + "rows together; [..] is the range where there are too few trials. It is a difference only if the whole interval is outside "
            + $"{WordFormat.List(zones)}: so much differs between two starts of one server, or between runs that did not take turns.";
    }

    /// <summary>Why two runs are not compared, after their names.</summary>
    public static string Barrier(ComparisonBarrier barrier) => barrier switch
    {
        ComparisonBarrier.Model => "are of different models",
        ComparisonBarrier.Speculation => "differ in speculative decoding",
        _ => "reached their contexts by different methods",
    };

    private static string FormatZone(RatioFinding finding) =>
        $"{NumberFormat.Ratio(finding.NoDifferenceZone.Low)} to {NumberFormat.Ratio(finding.NoDifferenceZone.High)}";

    /// <summary>What a verdict means for the user: higher rates and shorter times are better.</summary>
    public static string Meaning(ComparedQuantity quantity, RatioVerdict verdict) => (quantity, verdict) switch
    {
        (_, RatioVerdict.TooFew) => "too few repetitions to call it a difference",
        (_, RatioVerdict.NoDifferenceShown) => "no difference beyond the spread of the trials",
        (ComparedQuantity.TtftSeconds, RatioVerdict.Lower) => "the first token comes sooner",
        (ComparedQuantity.TtftSeconds, RatioVerdict.Higher) => "the first token comes later",
        (_, RatioVerdict.Lower) => "slower",
        (_, RatioVerdict.Higher) => "faster",
        _ => "equal within the margin",
    };
}
