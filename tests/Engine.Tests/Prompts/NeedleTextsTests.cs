using MemoryWall.Prompts;

namespace MemoryWall.Engine.Tests.Prompts;

public sealed class NeedleTextsTests
{
    [Theory]
    [InlineData(" 48213.", true)]
    [InlineData("The secret number of the river is 48,213, as the text says.", true)]
    [InlineData("48 213", true)]
    [InlineData("**48213**", true)]
    [InlineData("148213", false)]
    [InlineData("482130", false)]
    [InlineData("482 13", false)]
    [InlineData("48214", false)]
    [InlineData("", false)]
    public void IsIn_TheNumberAlone(string answer, bool expected) => Assert.Equal(expected, NeedleTexts.IsIn(answer, "48213"));

    [Fact]
    public void DrawNumber_HasFiveDigits() => Assert.All(Enumerable.Range(0, 1000),
        key => Assert.InRange(int.Parse(NeedleTexts.DrawNumber((ulong)key)), 10_000, 99_999));

    [Fact]
    public void Hide_AndAsk_NameTheSameThing() => Assert.All(Enumerable.Range(0, NeedleTexts.MaxCount), place =>
    {
        var begin = NeedleTexts.Hide(place, "48213").Split(" is ")[0];
        Assert.EndsWith($"Answer:{begin} is", NeedleTexts.Ask(place), StringComparison.Ordinal);
    });
}
