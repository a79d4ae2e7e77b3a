using MemoryWall.Core.Units;

namespace MemoryWall.Engine.Tests.Core.Units;

public class TokenRateTests
{
    [Fact]
    public void Compute_MissingOrZero_IsNoRate()
    {
        Assert.Null(TokenRate.Compute(null, TimeSpan.FromSeconds(1)));
        Assert.Null(TokenRate.Compute(0, TimeSpan.FromSeconds(1)));
        Assert.Null(TokenRate.Compute(10, null));
        Assert.Null(TokenRate.Compute(10, TimeSpan.Zero));
        Assert.Null(TokenRate.Compute(10, TimeSpan.FromSeconds(-1)));
        Assert.Equal(20, TokenRate.Compute(10, TimeSpan.FromSeconds(0.5))!.Value.PerSecond);
    }

    [Fact]
    public void ToString_HasAllDigits() => Assert.Equal("15.75 t/s", new TokenRate(15.75).ToString());
}
