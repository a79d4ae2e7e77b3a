using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Analysis.Verdicts;

public sealed class OrchestrationVerdictsTests
{
    [Fact]
    public void Evaluate_TokenizationOfATenthAndMore_IsAFindingWithItsShares()
    {
        var verdict = Find([At(1, 2048, 1, 0.15, 0.05), At(2, 2048, 1, 0.15, 0.05), At(3, 8192, 4, 0.6, 0.4)])!;
        Assert.Equal([1, 2, 3], verdict.Trials);
        Assert.Equal(
            "Tokenization and orchestration before prefill take a large part of TTFT: 17% at 2k (200 ms, 150 ms of it tokenization) and "
                + "20% at 8k (1,000 ms, 600 ms of it tokenization).",
            VerdictPhrases.Format(verdict).Replace("1.00 s", "1,000 ms", StringComparison.Ordinal));
    }

    [Fact]
    public void Evaluate_NothingToldButPrefill_SaysThatItIsTheRest()
    {
        var verdict = Find([.. Enumerable.Range(1, 3).Select(number => At(number, 2048, 0.5, null, 0.1))])!;
        Assert.Equal("Orchestration, TTFT less what the server reports, before prefill takes a large part of TTFT: 17% at 2k (100 ms).",
            VerdictPhrases.Format(verdict));
    }

    public static TheoryData<string, IReadOnlyList<Trial>> NoFinding => new()
    {
        { "too few trials", [At(1, 2048, 1, 0.5, 0), At(2, 8192, 1, 0.5, 0)] },
        { "less than a tenth", [At(1, 2048, 1, 0.05, 0.05), At(2, 2048, 1, 0.05, 0.05), At(3, 2048, 1, 0.05, 0.05)] },
        { "one of them less", [At(1, 2048, 1, 0.5, 0), At(2, 2048, 1, 0.5, 0), At(3, 2048, 1, 0.5, 0), At(4, 2048, 1, 0.01, 0)] },
        { "a few milliseconds", [.. Enumerable.Range(1, 5).Select(number => At(number, 2048, 0.01, 0.002, 0.002))] },
        { "doubted", [.. Enumerable.Range(1, 3).Select(number => At(number, 2048, 1, 0.5, 0) with { ClaimedDoubts = ["disturbed"] })] },
        { "streams that wait for each other",
            [.. Enumerable.Range(1, 4).Select(number => At(number, 2048, 1, null, 0.2) with { Concurrency = 2, Stream = number })] },
    };

    [Theory]
    [MemberData(nameof(NoFinding))]
    public void Evaluate_WithoutSupport_IsNoFinding(string why, IReadOnlyList<Trial> trials) =>
        Assert.True(Find(trials) is null, why);

    [Fact]
    public void Evaluate_ServerOnAnotherMachine_IsNoFinding()
    {
        var run = AnalysisSamples.Run([.. Enumerable.Range(1, 3).Select(number => At(number, 2048, 1, null, 0.2))]);
        var manifest = run.Manifest with { Target = run.Manifest.Target with { Endpoint = "https://10.0.0.2:1" } };
        Assert.Empty(MemoryWall.Analysis.Reports.RunReport.Create(run with { Manifest = manifest }).Verdicts
            .OfType<OrchestrationVerdict>());
    }

    private static OrchestrationVerdict? Find(IReadOnlyList<Trial> trials) =>
        AnalysisSamples.Report(trials).Verdicts.OfType<OrchestrationVerdict>().SingleOrDefault();

    private static Trial At(int number, int context, double prefill, double? tokenization, double rest)
    {
        var trial = AnalysisSamples.Server(number, context, prefill, 1);
        return trial with
        {
            Client = trial.Client with
            {
                TimeToFirstToken = TimeSpan.FromSeconds(prefill + (tokenization ?? 0) + rest),
                TimeToLastToken = TimeSpan.FromSeconds(prefill + (tokenization ?? 0) + rest + 1),
                TimeToEnd = TimeSpan.FromSeconds(prefill + (tokenization ?? 0) + rest + 1.1)
            },
            Server = trial.Server with { Tokenization = tokenization is { } told ? TimeSpan.FromSeconds(told) : null },
        };
    }
}
