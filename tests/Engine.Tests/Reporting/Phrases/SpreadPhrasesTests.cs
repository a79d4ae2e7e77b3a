using MemoryWall.Analysis;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Reporting.Phrases;

public class SpreadPhrasesTests
{
    [Theory]
    [InlineData(1, "in trial 3 after 1 token.")]
    [InlineData(1500, "in trial 3 after 1,500 tokens.")]
    public void Format_Stalls_CountTheTokensBeforeTheLongest(int tokens, string end) =>
        Assert.EndsWith(end, SpreadPhrases.Format(new StallVerdict(512, 126, 0.003, 5, [new Stall(3, tokens, 0.159)], [3])),
            StringComparison.Ordinal);
}
