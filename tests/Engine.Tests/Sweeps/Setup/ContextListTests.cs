using CsCheck;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Engine.Tests.Sweeps.Setup;

public class ContextListTests
{
    [Theory]
    [InlineData("2k,8k,32k", new[] { 2048, 8192, 32768 })]
    [InlineData("2k..32k*2", new[] { 2048, 4096, 8192, 16384, 32768 })]
    [InlineData("1k..2k+512", new[] { 1024, 1536, 2048 })]
    [InlineData("1000..2000*1.5", new[] { 1000, 1500 })]
    [InlineData("512, 512 ,1k", new[] { 512, 1024 })]
    [InlineData("8k,2k", new[] { 8192, 2048 })]
    public void Parse_KnownForms_GivesContextsInOrder(string text, int[] expected) =>
        Assert.Equal(expected, ContextList.Parse(text).Select(context => context.Value));

    [Theory]
    [InlineData("", "no contexts")]
    [InlineData("2k,zwei", "'zwei'")]
    [InlineData("2k..8k", "no step")]
    [InlineData("8k..2k*2", "ends below")]
    [InlineData("2k..8k*1", "'1'")]
    [InlineData("2k..8k*-2", "'-2'")]
    [InlineData("1..1M+1", "more than 1000")]
    [InlineData("0,2k", "'0'")]
    public void Parse_Wrong_NamesThePart(string text, string part) =>
        Assert.Contains(part, Assert.Throws<FormatException>(() => ContextList.Parse(text)).Message);

    [Fact]
    public void Parse_AnyText_GivesContextsOrFormatException() => Gen.String[Gen.Char["0123456789kM.,*+ -x"], 0, 20].Sample(text =>
    {
        try
        {
            return ContextList.Parse(text).All(context => context.Value > 0);
        }
        catch (FormatException)
        {
            return true;
        }
    });
}
