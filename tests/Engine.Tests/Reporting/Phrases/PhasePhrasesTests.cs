using MemoryWall.Analysis;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Reporting.Phrases;

public class PhasePhrasesTests
{
    [Theory]
    [InlineData(nameof(EvidenceQuantity.ServerReads), 18_093_043.396, 4_194_304.0,
        "server read from storage 17.3 MiB/s (threshold: 4.00 MiB/s)")]
    [InlineData(nameof(EvidenceQuantity.MajorFaults), 3907.086, null, "server major faults 3,907 /s")]
    [InlineData(nameof(EvidenceQuantity.Steal), 0.196, 0.1,
        "share of the processors taken by the hypervisor, at least 20% (threshold: 10%)")]
    [InlineData(nameof(EvidenceQuantity.Samples), 2.0, 3.0, "samples inside 2 (threshold: 3)")]
    [InlineData(nameof(EvidenceQuantity.DiskBusy), 0.6, null, "share of time in which disk vda was busy 60%")]
    public void Format_Evidence_HasItsUnit(string quantity, double value, double? threshold, string expected) =>
        Assert.Equal(expected, PhasePhrases.Format(new Evidence(Enum.Parse<EvidenceQuantity>(quantity), value, threshold, "vda")));

    [Fact]
    public void Format_EachFinding_IsASentenceThatBeginsWithItsClause() => Assert.All(Enum.GetValues<PhaseFinding>(), finding =>
    {
        var verdict = new PhaseVerdict(finding, []);
        var sentence = PhasePhrases.Format(verdict);

        Assert.StartsWith(PhasePhrases.FormatClause(verdict), char.ToLowerInvariant(sentence[0]) + sentence[1..], StringComparison.Ordinal);
        Assert.EndsWith(".", sentence, StringComparison.Ordinal);
    });

    [Fact]
    public void Format_EachFinding_HasWordsOfItsOwn() => Assert.Equal(Enum.GetValues<PhaseFinding>().Length,
        Enum.GetValues<PhaseFinding>().Select(finding => PhasePhrases.Format(new PhaseVerdict(finding, []))).Distinct().Count());

    [Fact]
    public void Name_EachQuantity_IsItsOwn() => Assert.Equal(Enum.GetValues<EvidenceQuantity>().Length,
        Enum.GetValues<EvidenceQuantity>().Select(quantity => PhasePhrases.Name(new Evidence(quantity, 1, source: "x"))).Distinct()
            .Count());

    [Fact]
    public void Format_PhasesOfManyTrials_SaysTheSameOnceWithTheRangeOfItsReadings()
    {
        TrialPhase Of(int trial, int context, Phase phase, PhaseFinding finding, double cores, double? mfu = null) => new()
        {
            Trial = trial,
            ContextTokens = context,
            Phase = phase,
            Verdicts =
            [
                new PhaseVerdict(finding, [new Evidence(EvidenceQuantity.ServerCores, cores, 0.8)]),
                new PhaseVerdict(PhaseFinding.OtherWork, [new Evidence(EvidenceQuantity.OtherPrograms, 0.86, 0.1)]),
            ],
            Mfu = mfu,
        };
        Assert.Equal(
            [
                "prefill at 1k and 2k (trials 1–3): No bottleneck found: the server used 8% to 36% of the cores (80% would mean "
                    + "compute-bound). [share of the usable cores that the server used 8% to 36% (threshold: 80%)] Interference: other "
                    + "work on the machine. [share of the processors used by other programs, at least 86% (threshold: 10%)] MFU 5% to 7%.",
                "generation at 2,048 (trial 2): Limited by storage: the server read from a disk that was busy most of the time. [share of "
                    + "the usable cores that the server used 8% (threshold: 80%)] Interference: other work on the machine. [share of the "
                    + "processors used by other programs, at least 86% (threshold: 10%)]",
            ],
            PhasePhrases.Format(
            [
                Of(1, 2048, Phase.Prefill, PhaseFinding.NoBottleneck, 0.36, 0.07),
                Of(2, 1024, Phase.Prefill, PhaseFinding.NoBottleneck, 0.08, 0.05),
                Of(2, 2048, Phase.Generation, PhaseFinding.Storage, 0.08),
                Of(3, 1024, Phase.Prefill, PhaseFinding.NoBottleneck, 0.1),
            ]));
    }

    [Fact]
    public void Format_NoBottleneck_SaysHowBusyTheServerWas() => Assert.Equal(
        "No bottleneck found: the server used 11% of the cores (80% would mean compute-bound).",
        PhasePhrases.Format(new PhaseVerdict(PhaseFinding.NoBottleneck, [new Evidence(EvidenceQuantity.ServerCores, 0.113, 0.8)])));
}
