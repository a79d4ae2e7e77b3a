using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Sweeps.Preflight;

namespace MemoryWall.Engine.Tests.Sweeps.Preflight;

public class PlanCheckTests
{
    private static readonly SweepPlan Good = new() { Target = "embedded", Contexts = [new TokenCount(2048)] };

    [Fact]
    public void Check_GoodPlan_FindsNothing() => Assert.Empty(PlanCheck.Check(Good));

    public static TheoryData<string, SweepPlan> Wrong => new()
    {
        { "contexts", Good with { Contexts = [] } },
        { "output tokens", Good with { OutputTokens = 1 } },
        { "repetitions", Good with { Repetitions = 0 } },
        { "repetitions", Good with { Repetitions = int.MaxValue } },
        { "warm-ups", Good with { Warmups = -1 } },
        { "concurrency", Good with { Concurrency = [] } },
        { "concurrency", Good with { Concurrency = [0] } },
        { "window margin", Good with { WindowMarginTokens = -1 } },
        { "prefill limit", Good with { Limits = new PhaseLimits { Prefill = TimeSpan.Zero } } },
        { "document", Good with { PromptKind = PromptKind.Document } },
        { "document", Good with { PromptKind = PromptKind.Document, DocumentPath = "/no/such/file.txt" } },
        { "prompt as", Good with { PromptAs = PromptForm.Text, Method = SweepMethod.IncrementalDepth } },
        { "KV type", Good with { Options = new TargetOptions { KvType = "f8" } } },
        { "KV type", Good with { Options = new TargetOptions { KvType = "q8_0", FlashAttention = "off" } } },
        { "flash attention", Good with { Options = new TargetOptions { FlashAttention = "maybe" } } },
        { "load mode", Good with { Options = new TargetOptions { LoadMode = "swap" } } },
        { "threads", Good with { Options = new TargetOptions { Threads = 0 } } },
        { "batch tokens", Good with { Options = new TargetOptions { BatchTokens = 0 } } },
        { "contexts", Good with { Crossover = new CrossoverPlan() } },
        { "crossover tolerance",
            Good with { Contexts = [new TokenCount(512), new TokenCount(2048)], Crossover = new CrossoverPlan { Tolerance = 0 } } },
        { "precision", Good with { Precision = new PrecisionPlan { Tolerance = 1 } } },
        { "budget", Good with { Precision = new PrecisionPlan { Tolerance = 0.02, Budget = TimeSpan.Zero } } },
        { "method", Good with { Method = SweepMethod.IncrementalDepth, Precision = new PrecisionPlan { Tolerance = 0.02 } } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Check_WrongField_NamesIt(string subject, SweepPlan plan)
    {
        var finding = Assert.Single(PlanCheck.Check(plan));
        Assert.Equal(subject, finding.Subject);
        Assert.True(finding.StopsTheRun);
        Assert.False(finding.CanBeForced);
    }

    [Fact]
    public void Check_ManyWrongFields_ReportsAllAtOnce() =>
        Assert.Equal(3, PlanCheck.Check(Good with { Contexts = [], OutputTokens = 0, Repetitions = 0 }).Count());
}
