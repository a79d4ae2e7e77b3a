using MemoryWall.Reporting.Formats;

namespace MemoryWall.Engine.Tests.Reporting.Formats;

public class NumberFormatTests
{
    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(0.00000314, "3.14 µs")]
    [InlineData(0.0009, "900 µs")]
    [InlineData(0.00912, "9.12 ms")]
    [InlineData(0.041, "41.0 ms")]
    [InlineData(0.412, "412 ms")]
    [InlineData(1.25, "1.25 s")]
    [InlineData(17.5, "17.5 s")]
    [InlineData(3600, "3,600 s")]
    [InlineData(-0.25, "-250 ms")]
    public void Duration_HasThreeFigures(double seconds, string text) => Assert.Equal(text, NumberFormat.Duration(seconds));

    [Theory]
    [InlineData(0.0123, "0.0123")]
    [InlineData(0.637, "0.637")]
    [InlineData(1.002, "1.002")]
    [InlineData(4.4, "4.40")]
    [InlineData(13.42, "13.4")]
    [InlineData(208.4, "208")]
    public void Ratio_HasThreeFigures_AndThreeDecimalsNearOne(double ratio, string text) => Assert.Equal(text, NumberFormat.Ratio(ratio));

    [Theory]
    [InlineData(0.031, "+3.1%")]
    [InlineData(-0.008, "-0.8%")]
    [InlineData(0, "0.0%")]
    public void Deviation_HasASign(double share, string text) => Assert.Equal(text, NumberFormat.Deviation(share));

    [Fact]
    public void AbsentValues_AreADash() => Assert.All(
        [NumberFormat.Duration((double?)null), NumberFormat.Rate(null), NumberFormat.Percent(null), NumberFormat.Bytes(null),
            NumberFormat.Bandwidth(null), NumberFormat.Deviation(null), NumberFormat.Number(null), NumberFormat.Tokens(null)],
        text => Assert.Equal(NumberFormat.Absent, text));

    [Theory]
    [InlineData(new[] { 3 }, "trial 3")]
    [InlineData(new[] { 2, 3 }, "trials 2, 3")]
    [InlineData(new[] { 7, 4, 3, 2 }, "trials 2–4, 7")]
    public void TrialRanges_ConsecutiveNumbers_AreARange(int[] numbers, string text) => Assert.Equal(text, WordFormat.TrialRanges(numbers));
}
