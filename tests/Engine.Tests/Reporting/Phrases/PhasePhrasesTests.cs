using MemoryWall.Analysis.Telemetry;
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
        var sentence = PhasePhrases.Format(new PhaseVerdict(finding, []));

        Assert.StartsWith(PhasePhrases.FormatClause(finding), char.ToLowerInvariant(sentence[0]) + sentence[1..], StringComparison.Ordinal);
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
    public void Format_NoBottleneck_SaysHowBusyTheServerWas() => Assert.Equal(
        "No bottleneck found: the server used 11% of the cores (80% would mean compute-bound).",
        PhasePhrases.Format(new PhaseVerdict(PhaseFinding.NoBottleneck, [new Evidence(EvidenceQuantity.ServerCores, 0.113, 0.8)])));
}
