using CsCheck;
using MemoryWall.Core.Units;

namespace MemoryWall.Engine.Tests.Core.Units;

public class TokenCountTests
{
    [Theory]
    [InlineData("512", 512)]
    [InlineData("2k", 2048)]
    [InlineData(" 32K ", 32768)]
    [InlineData("1.5k", 1536)]
    [InlineData("1M", 1048576)]
    public void Parse_KnownForms_GivesCount(string text, int expected) => Assert.Equal(expected, TokenCount.Parse(text).Value);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("2kk")]
    [InlineData("1.0001k")]
    [InlineData("1e3")]
    [InlineData("1,5k")]
    [InlineData("99999M")]
    [InlineData("99999999999999999999999999999999")]
    public void Parse_Garbage_NamesTextAndRightForm(string text)
    {
        var error = Assert.Throws<FormatException>(() => TokenCount.Parse(text));
        Assert.Contains($"'{text}'", error.Message);
        Assert.Contains("2k", error.Message);
    }

    [Fact]
    public void ToString_AnyCount_ParsesBack() =>
        Gen.Int[1, int.MaxValue].Sample(n => TokenCount.Parse(new TokenCount(n).ToString()).Value == n);
}
