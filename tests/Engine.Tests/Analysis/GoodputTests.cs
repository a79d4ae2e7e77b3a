using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Analysis;

public sealed class GoodputTests
{
    private static Goodput Analyze(string slo, params ReadOnlySpan<(int Context, double Prefill, double Generation)> trials) =>
        Assert.Single(RunReport.Create(AnalysisSamples.Run(AnalysisSamples.InOrder(trials)), Slo.Parse(slo)).Goodput);

    [Fact]
    public void Analyze_ContextsThatGrowSlower_NamesTheLastThatMeetsAndTheFirstThatDoesNot()
    {
        var goodput = Analyze("ttft=2s,itl=100ms", (2048, 0.5, 1), (8192, 1.4, 2), (32768, 9, 4));
        Assert.Equal((8192, 32768), (goodput.LargestTokens, goodput.FailsAtTokens));
        Assert.Contains("8k", GoodputPhrases.Format(goodput), StringComparison.Ordinal);
    }

    // 63 steps in 7 s are 111 ms each.
    [Fact]
    public void Analyze_TimeBetweenTokens_IsJudgedToo() =>
        Assert.Equal(2048, Analyze("itl=100ms", (2048, 9, 1), (8192, 9, 7)).LargestTokens);

    [Fact]
    public void Analyze_OneOfFourTooSlow_DoesNotMeet() =>
        Assert.Null(Analyze("ttft=2s", (2048, 1, 1), (2048, 1, 1), (2048, 1, 1), (2048, 5, 1)).LargestTokens);

    [Fact]
    public void Analyze_FailedTrial_MeetsNothing()
    {
        var trials = new[] { AnalysisSamples.Server(1, 2048, 0.1, 0.1),
            AnalysisSamples.Server(2, 8192, 0.1, 0.1) with { Outcome = new OutOfMemory("killed") } };
        var goodput = Assert.Single(RunReport.Create(AnalysisSamples.Run(trials), Slo.Parse("ttft=60s")).Goodput);
        Assert.Equal((2048, 8192), (goodput.LargestTokens, goodput.FailsAtTokens));
    }

    // A cache hit makes a trial fast, so it does not prove that the limit is met.
    [Fact]
    public void Analyze_DoubtedTrial_ProvesNothing()
    {
        var goodput = Assert.Single(
            RunReport.Create(AnalysisSamples.Run([AnalysisSamples.Server(1, 2048, 0.1, 0.1) with { CachedPromptTokens = 2000 }]),
                Slo.Parse("ttft=60s")).Goodput);
        Assert.Null(goodput.LargestTokens);
        Assert.Null(Assert.Single(goodput.Contexts).Meets);
    }

    [Theory]
    [InlineData("ttft=2", "'2' is not a duration")]
    [InlineData("ttft=0s", "'0s' is not a duration")]
    [InlineData("tpot=2s", "'tpot=2s' is unknown")]
    [InlineData("ttft=1s,ttft=2s", "'ttft' is given twice")]
    [InlineData("", "contains no limit")]
    [InlineData("ttft", "'' is not a duration")]
    public void Parse_NoLimit_SaysWhatIsWrong(string text, string part) =>
        Assert.Contains(part, Assert.Throws<FormatException>(() => Slo.Parse(text)).Message, StringComparison.Ordinal);
}
