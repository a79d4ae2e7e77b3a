using MemoryWall.Analysis;
using MemoryWall.Core.Units;
using MemoryWall.Statistics;

namespace MemoryWall.Notebooks;

/// <summary>Words of a comparison of two runs, the same in figures and tables.</summary>
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
        ratio.Interval is { } interval ? $"{NumberFormat.Number(interval.Low)} to {NumberFormat.Number(interval.High)}" : NumberFormat.Absent;

    public static string Verdict(RatioVerdict verdict) => verdict switch
    {
        RatioVerdict.TooFew => "too few values",
        RatioVerdict.NoDifferenceShown => "no difference shown",
        RatioVerdict.Lower => "lower",
        RatioVerdict.Higher => "higher",
        _ => "the same within the margin",
    };

    /// <summary>What a ratio means for somebody who waits: rates are better when they are higher, times when they are shorter.</summary>
    public static string Meaning(ComparedQuantity quantity, RatioVerdict verdict) => (quantity, verdict) switch
    {
        (_, RatioVerdict.TooFew) => "too few values to call it a difference",
        (_, RatioVerdict.NoDifferenceShown) => "the spread does not tell it from 1",
        (ComparedQuantity.TtftSeconds, RatioVerdict.Lower) => "the first token comes sooner",
        (ComparedQuantity.TtftSeconds, RatioVerdict.Higher) => "the first token comes later",
        (_, RatioVerdict.Lower) => "slower",
        (_, RatioVerdict.Higher) => "faster",
        _ => "the same within the margin",
    };
}
