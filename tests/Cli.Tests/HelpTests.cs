using MemoryWall.Analysis.Walls;
using MemoryWall.Cli.Help;

namespace MemoryWall.Cli.Tests;

public sealed class HelpTests
{
    [Theory]
    [InlineData("exit-codes", "130")]
    [InlineData("glossary", "synthetic depth")]
    [InlineData("methods", "incremental")]
    [InlineData("regimes", "out of memory")]
    public async Task Help_Topic_PrintsItsTerms(string topic, string term)
    {
        using var memwall = await Memwall.RunAsync("help", topic);
        Assert.Equal(0, memwall.ExitCode);
        Assert.Contains(term, memwall.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_WithoutTopic_ListsTheTopics()
    {
        using var memwall = await Memwall.RunAsync("help");
        Assert.Equal(0, memwall.ExitCode);
        Assert.All(HelpTopic.All, topic => Assert.Contains(topic.Name, memwall.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Help_OfTheProgram_NamesEveryTopic()
    {
        using var memwall = await Memwall.RunAsync("--help");
        Assert.Equal(0, memwall.ExitCode);
        Assert.All(HelpTopic.All, topic => Assert.Contains(topic.Name, memwall.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Help_UnknownTopic_IsWrongUsageAndListsTheTopics()
    {
        using var memwall = await Memwall.RunAsync("help", "everything");
        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains("exit-codes or glossary or methods or regimes", memwall.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Regimes_EveryRegime_HasADescriptionOfItsOwn()
    {
        var rows = HelpTopic.All.Single(topic => topic.Name == "regimes").Rows;
        Assert.Equal(Enum.GetValues<MemoryRegime>().Length, rows.DistinctBy(row => row.Description).Count());
    }
}
