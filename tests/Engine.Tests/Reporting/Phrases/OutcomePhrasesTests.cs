using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Reporting.Phrases;

public sealed class OutcomePhrasesTests
{
    [Fact]
    public void FormatEvidence_KilledByTheKernel_LeavesOutTheWordsOfTheServer() => Assert.Equal(
        "the kernel killed the server for lack of memory (its oom_kill counter rose by 1)",
        OutcomePhrases.FormatEvidence(new OutOfMemory("exit code 137; its last log lines: llama_context: n_ctx = 1"), oomKills: 1));

    [Theory]
    [InlineData(null)]
    [InlineData(0L)]
    public void FormatEvidence_NotKilled_IsTheEvidenceOnOneLine(long? kills) =>
        Assert.Equal("failed to allocate buffer", OutcomePhrases.FormatEvidence(new OutOfMemory("failed to allocate\nbuffer"), kills));

    [Fact]
    public void FormatEvidence_AnotherFailure_IsNotExplainedByAKill() =>
        Assert.Equal("HTTP 500: no", OutcomePhrases.FormatEvidence(new Refused(500, "no"), oomKills: 1));

    [Fact]
    public void FormatEvidence_LongText_IsCut() =>
        Assert.Equal("aaa…", OutcomePhrases.FormatEvidence(new TargetDied("aaaaaa"), oomKills: null, maxLength: 3));
}
