using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Walls;
using MemoryWall.Cli.Help;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;

namespace MemoryWall.Cli.Tests;

public sealed class HelpTests
{
    [Theory]
    [InlineData("doubts", "suspected_cache_hit")]
    [InlineData("exit-codes", "130")]
    [InlineData("glossary", "synthetic depth")]
    [InlineData("methods", "incremental")]
    [InlineData("outcomes", "target_died")]
    [InlineData("regimes", "out of memory")]
    [InlineData("targets", "llama-server://HOST:PORT")]
    [InlineData("experiments", "node failed")]
    public async Task Help_Topic_PrintsItsTerms(string topic, string term)
    {
        using var memwall = await InProcess.RunAsync("help", topic);
        Assert.Equal(0, memwall.ExitCode);
        Assert.Contains(term, memwall.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_WithoutTopic_ListsTheTopics()
    {
        using var memwall = await InProcess.RunAsync("help");
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
        using var memwall = await InProcess.RunAsync("help", "everything");
        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains("doubts or exit-codes or experiments or exporters or glossary or methods or outcomes or regimes or targets",
            memwall.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sweep", "--method", "quick", "methods")]
    [InlineData("sweep", "--prefill", "real", "methods")]
    [InlineData("models", "--target", "nosuch://x", "targets")]
    [InlineData("sweep", "--order", "backwards", null)]
    public async Task WrongValueOfAnOption_NamesThePageOfItsValues(string command, string option, string value, string? topic)
    {
        using var memwall = await InProcess.RunAsync(command, option, value);
        Assert.Equal(2, memwall.ExitCode);
        Assert.Equal(topic is not null, memwall.Error.Contains("'memwall help ", StringComparison.Ordinal));
        Assert.Contains(topic is null ? option : $"'memwall help {topic}'", memwall.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Outcomes_AndDoubts_AllHaveAMeaning()
    {
        Assert.Equal(Outcome.Kinds, Rows("outcomes").Select(row => row.Term));
        Assert.Equal(Doubt.Kinds, Rows("doubts").Select(row => row.Term));
    }

    [Fact]
    public void DataReadme_OfDoubts_HasTheTextOfHelp()
    {
        var text = File.ReadAllText(Path.Combine(Checkout.Find()!, "data", "README.md"));
        Assert.All(Rows("doubts"), row => Assert.Contains($"| `{row.Term}` | {row.Description} |", text, StringComparison.Ordinal));
    }

    // The glossary is in notebooks/README.md. MEMWALL_GOLDEN=write writes the pages again.
    [Fact]
    public void Readme_OfTheProgram_HasThePagesOfHelp()
    {
        var path = Path.Combine(Checkout.Find()!, "engine", "Cli", "README.md");
        var text = File.ReadAllText(path).ReplaceLineEndings("\n");
        foreach (var topic in HelpTopic.All.Where(topic => topic.Name != "glossary"))
        {
            var (first, last) = ($"<!-- help {topic.Name} -->\n\n", $"\n<!-- end of help {topic.Name} -->");
            var (start, end) = (text.IndexOf(first, StringComparison.Ordinal), text.IndexOf(last, StringComparison.Ordinal));
            Assert.True(start >= 0 && end > start, $"{path} has no place for {topic.Name}");
            start += first.Length;
            if (Environment.GetEnvironmentVariable("MEMWALL_GOLDEN") == "write")
                File.WriteAllText(path, text = text[..start] + topic.ToMarkdown() + text[end..]);
            else
                Assert.Equal(topic.ToMarkdown(), text[start..end]);
        }
    }

    [Fact]
    public void Regimes_EveryRegime_HasADescriptionOfItsOwn()
    {
        Assert.Equal(Enum.GetValues<MemoryRegime>().Length, Rows("regimes").DistinctBy(row => row.Description).Count());
    }

    private static IReadOnlyList<(string Term, string Description)> Rows(string topic) =>
        HelpTopic.All.Single(page => page.Name == topic).Rows;
}
