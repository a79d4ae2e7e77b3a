using CsCheck;
using MemoryWall.Core.Units;

namespace MemoryWall.Engine.Tests.Core.Units;

public sealed class DurationParserTests
{
    [Theory]
    [InlineData("10m", 600)]
    [InlineData("2s", 2)]
    [InlineData("100ms", 0.1)]
    [InlineData("1m13.810328292s", 73.8103283)]
    [InlineData("1h2m3s", 3723)]
    [InlineData("97.885315ms", 0.0978853)]
    [InlineData("15µs", 15e-6)]
    [InlineData("0s", 0)]
    public void Parse_WaysToWriteIt_GiveTheTime(string text, double seconds) =>
        Assert.Equal(seconds, DurationParser.Parse(text).TotalSeconds, 7);

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("-2s")]
    [InlineData("2 s")]
    [InlineData("1.2.3s")]
    [InlineData("s")]
    [InlineData("9999999999h")]
    [InlineData("NaNs")]
    public void Parse_NoDuration_NamesItAndWhatWouldBe(string text) =>
        Assert.Contains($"'{text}' is not a duration", Assert.Throws<FormatException>(() => DurationParser.Parse(text)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void TryParse_AnyText_NeverThrows() =>
        Gen.String.Sample(text => DurationParser.TryParse(text, out var duration) ? duration >= TimeSpan.Zero : duration == default);
}
