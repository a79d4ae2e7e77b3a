using MemoryWall.Analysis.Machines;

namespace MemoryWall.Engine.Tests.Analysis.Machines;

/// <summary>What a reader enters is read as meant, or refused with what would be right.</summary>
public sealed class MachineCostTests
{
    private static readonly string[] s_names = ["laptop", "2 threads, 272 MiB", "a=b", "1"];

    [Fact]
    public void ParseList_NamesNumbersPricesAndWatts_AreRead()
    {
        var costs = MachineCost.ParseList("laptop = 1200.50 @ 45 W; 2=900; a=b=@7w", s_names);

        Assert.Equal([new MachineCost(1200.5, 45), new MachineCost(900, null), new MachineCost(null, 7), MachineCost.None], costs);
    }

    [Fact]
    public void ParseList_ANameThatLooksLikeANumber_IsTheName() =>
        Assert.Equal([MachineCost.None, MachineCost.None, MachineCost.None, new MachineCost(5, null)],
            MachineCost.ParseList("1=5", s_names));

    [Fact]
    public void ParseList_Nothing_IsNoCost() =>
        Assert.All(MachineCost.ParseList(" ; ", s_names), cost => Assert.Equal(MachineCost.None, cost));

    [Theory]
    [InlineData("phone=5", "'phone' is no machine; there are 1 (laptop)")]
    [InlineData("9=5", "'9' is no machine")]
    [InlineData("laptop", "'laptop' has no machine and value")]
    [InlineData("=5", "has no machine and value")]
    [InlineData("laptop=", "is no price and power")]
    [InlineData("laptop=@", "is no price and power")]
    [InlineData("laptop=1@2@3", "is no price and power")]
    [InlineData("laptop=0", "'0' is no price")]
    [InlineData("laptop=-3", "'-3' is no price")]
    [InlineData("laptop=1,200", "'1,200' is no price")]
    [InlineData("laptop=1e400", "'1e400' is no price")]
    [InlineData("laptop=5@W", "'' is no power in watts")]
    [InlineData("laptop=5@x", "'x' is no power in watts")]
    [InlineData("laptop=5; 1=6; laptop=7", "'laptop' has two entries")]
    public void ParseList_WhatCannotBeRead_IsNamed(string text, string problem) => Assert.Contains(problem,
        Assert.Throws<FormatException>(() => MachineCost.ParseList(text, s_names)).Message, StringComparison.Ordinal);
}
