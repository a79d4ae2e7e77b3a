using MemoryWall.Analysis.Reports;
using MemoryWall.Reporting.Formats;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The words for a comparison of two runs in figures and tables.</summary>
internal static class ComparisonText
{
    public static string Name(ComparedQuantity quantity) => quantity switch
    {
        ComparedQuantity.PrefillTps => "prefill rate",
        ComparedQuantity.GenerationTps => "generation rate",
        _ => "TTFT",
    };

    public static string Value(ComparedQuantity quantity, double value) =>
        quantity == ComparedQuantity.TtftSeconds ? NumberFormat.Duration(value) : NumberFormat.Rate(value);

    public static string Interval(Estimate ratio) =>
        ratio.Interval is { } interval
            ? $"{NumberFormat.Number(interval.Low)} to {NumberFormat.Number(interval.High)}"
            : NumberFormat.Absent;

    public static string Verdict(RatioVerdict verdict) => verdict switch
    {
        RatioVerdict.TooFew => "too few trials",
        RatioVerdict.NoDifferenceShown => "no difference shown",
        RatioVerdict.Lower => "lower",
        RatioVerdict.Higher => "higher",
        _ => "equal within the margin",
    };

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
