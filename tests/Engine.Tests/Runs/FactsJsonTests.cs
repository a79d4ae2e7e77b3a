using System.Text.Json;
using CsCheck;
using MemoryWall.Core.Time;
using MemoryWall.Runs.Json;

namespace MemoryWall.Engine.Tests.Runs;

public sealed class FactsJsonTests
{
    [Fact]
    public void Times_AnyTickAndNanosecond_ComeBackExactly() =>
        Gen.Select(Gen.Long[-long.MaxValue, long.MaxValue], Gen.Long[0, 1000]).Sample((large, small) =>
    {
        foreach (var units in new[] { large, small })
        {
            Assert.Equal(new TimeSpan(units),
                JsonSerializer.Deserialize<TimeSpan>(JsonSerializer.Serialize(new TimeSpan(units), FactsJson.SingleLine),
                    FactsJson.SingleLine));
            Assert.Equal(new Instant(units),
                JsonSerializer.Deserialize<Instant>(JsonSerializer.Serialize(new Instant(units), FactsJson.SingleLine),
                    FactsJson.SingleLine));
        }
    });

    [Fact]
    public void Times_AreSecondsInDecimals()
    {
        Assert.Equal("0.0000001", JsonSerializer.Serialize(TimeSpan.FromTicks(1), FactsJson.SingleLine));
        Assert.Equal("900", JsonSerializer.Serialize(TimeSpan.FromMinutes(15), FactsJson.SingleLine));
        Assert.Equal("1.000000001", JsonSerializer.Serialize(new Instant(1_000_000_001), FactsJson.SingleLine));
        Assert.Equal(TimeSpan.FromMilliseconds(1.5), JsonSerializer.Deserialize<TimeSpan>("1.5e-3", FactsJson.SingleLine));
    }

    [Theory]
    [InlineData("1e300")]
    [InlineData("-1e20")]
    [InlineData("\"1\"")]
    public void Times_OutOfRangeOrNoNumber_AreJsonErrors(string json)
    {
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<TimeSpan>(json, FactsJson.SingleLine));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Instant>(json, FactsJson.SingleLine));
    }
}
