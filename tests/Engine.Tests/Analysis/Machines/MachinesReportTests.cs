using MemoryWall.Analysis.Machines;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Analysis.Machines;

/// <summary>Nothing is concluded about a machine that its intervals do not show, and what they show is found.</summary>
public sealed class MachinesReportTests
{
    private static readonly double[] s_about50 = [48, 49, 50, 51, 52, 50];
    private static readonly double[] s_about10 = [9.8, 9.9, 10, 10.1, 10.2, 10];

    [Fact]
    public void Create_FiveTimesFaster_IsADifferenceInBothDirectionsOfBetter()
    {
        var report = MachineSamples.Report(MachineSamples.Run("fast", MachineSamples.Trials(s_about50)),
            MachineSamples.Run("slow", MachineSamples.Trials(s_about10)));

        foreach (var quantity in new[] { MachineQuantity.GenerationTps, MachineQuantity.TtftSeconds })
        {
            var choice = Choice(report, quantity);
            Assert.Equal(0, choice.Best);
            var finding = Assert.Single(choice.Others).Finding;
            Assert.Equal(RatioVerdict.Higher, finding.Verdict);
            Assert.InRange(finding.Ratio.Value, 4.8, 5.2);
        }
        Assert.Equal("fast has the best generation rate at 4k: 50.0 t/s",
            Phrases(report).FormatTitle(MachineQuantity.GenerationTps));
    }

    /// <summary>Machines that did not take turns may differ by the state that they are in.</summary>
    [Fact]
    public void Create_OneAndAHalfTimesFaster_IsNoDifferenceWithoutTurns()
    {
        var report = MachineSamples.Report(MachineSamples.Run("fast", MachineSamples.Trials(s_about50)),
            MachineSamples.Run("slow", MachineSamples.Trials([.. s_about50.Select(rate => rate / 1.5)])));

        Assert.All(report.Choices, choice => Assert.All(choice.Others, other => Assert.False(other.Finding.IsDifference)));
        Assert.Contains("no difference to slow is shown", Phrases(report).FormatTitle(MachineQuantity.GenerationTps),
            StringComparison.Ordinal);
        Assert.Contains("2.10 where they did not take turns", string.Join(' ', Phrases(report).FormatNotes()), StringComparison.Ordinal);
    }

    /// <summary>Settings of one machine that were measured in turn differ by their settings.</summary>
    [Fact]
    public void Create_OneAndAHalfTimesFasterInTurn_IsADifference()
    {
        static IEnumerable<MachineTrial> InTurn(double factor, int first) =>
            MachineSamples.Trials([.. s_about50.Select(rate => rate / factor)])
                .Select((trial, i) => trial with { At = 2 * i + first });
        static RunManifest SameMachine(RunManifest manifest) => manifest with
        {
            Machine = manifest.Machine with { CpuModel = "one" },
            Plan = manifest.Plan with { Options = new TargetOptions { KvType = manifest.Label } },
        };
        var report = MachineSamples.Report(MachineSamples.Run("f16", InTurn(1, 0), SameMachine),
            MachineSamples.Run("q8_0", InTurn(1.5, 1), SameMachine));

        var finding = Assert.Single(Choice(report, MachineQuantity.GenerationTps).Others).Finding;
        Assert.True(finding.IsInterleaved);
        Assert.Equal(RatioVerdict.Higher, finding.Verdict);
        Assert.Equal([0, 1], report.OnOneMachine);
        Assert.Contains(Phrases(report).FormatFindings(), sentence => sentence.StartsWith("All of these have the same hardware",
            StringComparison.Ordinal));
    }

    [Fact]
    public void Create_ThreeTrials_AreTooFewHoweverFarApart()
    {
        var report = MachineSamples.Report(MachineSamples.Run("fast", MachineSamples.Trials(50, 51, 52)),
            MachineSamples.Run("slow", MachineSamples.Trials(1, 1.1, 1.2)));

        Assert.All(report.Choices, choice => Assert.Equal(RatioVerdict.TooFew, Assert.Single(choice.Others).Finding.Verdict));
        Assert.Contains("2 more repetitions needed", Phrases(report).FormatFindings()[0], StringComparison.Ordinal);
    }

    /// <summary>The best of several equal machines is chosen by chance, and noise alone must not make it better than the others.</summary>
    [Fact]
    public void Create_EqualMachines_AreCalledDifferentNoMoreOftenThanStated()
    {
        var random = new Random(3);
        double[] Draw() => [.. Enumerable.Range(0, 8).Select(_ => 50 * Math.Exp(0.25 * Normal(random)))];
        var wrong = Enumerable.Range(0, 100).Count(_ => MachineSamples.Report([.. "abcd".Select(name =>
                MachineSamples.Run(name.ToString(), MachineSamples.Trials(Draw())))]).Choices
            .Any(choice => choice.Others.Any(other => other.Finding.IsDifference)));

        Assert.InRange(wrong, 0, 5);
    }

    [Fact]
    public void Create_Prices_ChangeTheOrderAndKeepTheInterval()
    {
        var report = MachineSamples.Report("fast=9000; slow=100@40W", MachineSamples.Run("fast", MachineSamples.Trials(s_about50)),
            MachineSamples.Run("slow", MachineSamples.Trials(s_about10)));

        var choice = Choice(report, MachineQuantity.TpsPerThousand);
        Assert.Equal(1, choice.Best);
        Assert.True(Assert.Single(choice.Others).Finding.IsDifference);
        var (rate, value) = (Estimate(report, 1, MachineQuantity.GenerationTps), Estimate(report, 1, MachineQuantity.TpsPerThousand));
        Assert.Equal(rate.Value * 10, value.Value, 9);
        Assert.Equal(rate.Interval!.Value.Low * 10, value.Interval!.Value.Low, 9);
        // Of the fast one no power is known, so nothing is compared.
        Assert.Equal((1, 0), (Choice(report, MachineQuantity.TpsPerWatt).Best, Choice(report, MachineQuantity.TpsPerWatt).Others.Count));
        Assert.Equal(rate.Value / 40, Estimate(report, 1, MachineQuantity.TpsPerWatt).Value, 9);
        Assert.DoesNotContain(report.Choices, other => other.Quantity == MachineQuantity.JoulesPerToken);
    }

    [Fact]
    public void Create_PowerThatWasRead_CountsInsteadOfWattsThatWereEntered()
    {
        var report = MachineSamples.Report("read=@1W",
            MachineSamples.Run("read", MachineSamples.Trials(s_about50).Select(trial => trial with { JoulesPerToken = 0.5 })));

        Assert.Equal(0.5, Estimate(report, 0, MachineQuantity.JoulesPerToken).Value);
        Assert.Equal(2, Estimate(report, 0, MachineQuantity.TpsPerWatt).Value);
        Assert.Equal("measured", MeasuredMachinePhrases.FormatPower(report.Machines[0]));
        Assert.Contains("Where power was read, the watts that were entered are not used.", Phrases(report).FormatNotes());
    }

    [Fact]
    public void Create_NothingKnownOfPowerAndPrice_IsAbsentAndSaid()
    {
        var report = MachineSamples.Report(MachineSamples.Run("one", MachineSamples.Trials(s_about50)));

        Assert.Equal([MachineQuantity.GenerationTps, MachineQuantity.TtftSeconds], report.Choices.Select(choice => choice.Quantity));
        string[] unknown = ["Energy per token: no power was read during these trials.", "For the price: no price was entered.",
            "For the power: none was read, and no watts were entered."];
        Assert.Equal(unknown, Phrases(report).FormatFindings().TakeLast(3));
    }

    [Fact]
    public void Create_AMachineThatRunsOutOfMemory_IsNotRankedThereAndSaysSo()
    {
        var report = MachineSamples.Report(MachineSamples.Run("large", MachineSamples.Trials(s_about10)),
            MachineSamples.Run("other", MachineSamples.Trials(s_about50)), MachineSamples.Run("small",
            [.. MachineSamples.TrialsAt(2048, s_about50), .. Enumerable.Repeat(MachineSamples.Failed(4096), 5)]));

        Assert.Equal(4096, report.DecisionTokens);
        Assert.All(report.Choices, choice => Assert.DoesNotContain(choice.Others, other => other.Machine == 2));
        Assert.Contains("small gives no answer at 4k: out of memory in 5 trials; the largest context with an answer is 2k.",
            Phrases(report).FormatFindings());
        Assert.Equal("out of memory", MeasuredMachinePhrases.FormatCell(report.Machines[2], 4096, MachineQuantity.GenerationTps));
        Assert.Contains("large was not measured at 2k.", Phrases(MachinesReport.Create(report.Selection,
            [MachineCost.None, MachineCost.None, MachineCost.None], 2048)).FormatFindings());
    }

    [Fact]
    public void Create_DisturbedTrials_AreLeftOutWhereEnoughOthersRemain()
    {
        var report = MachineSamples.Report(MachineSamples.Run("one", [.. MachineSamples.Trials(50, 52),
            .. MachineSamples.Trials(5, 6, 7).Select(trial => trial with { IsDisturbed = true })]));

        Assert.Equal(51, Estimate(report, 0, MachineQuantity.GenerationTps).Value);
    }

    [Fact]
    public void Choose_OtherModelsAndAnswers_AreLeftOutAndCounted()
    {
        static RunManifest Other(RunManifest manifest) => manifest with { Target = manifest.Target with { Model = "1b" } };
        MachineRun[] runs =
        [
            MachineSamples.Run("a", MachineSamples.Trials(50)),
            MachineSamples.Run("a", MachineSamples.Trials(51)),
            MachineSamples.Run("b", MachineSamples.Trials(50)),
            MachineSamples.Run("c", MachineSamples.Trials(50).Select(trial => trial with
            {
                Level = MachineSamples.Level with { OutputTokensAsked = 512 },
            })),
            MachineSamples.Run("d", MachineSamples.Trials(50), Other),
        ];

        var selection = MachineSelection.Choose(runs, model: null);

        Assert.Equal([2, 1], selection.Machines.Select(machine => machine.Count));
        Assert.Equal((1, 1), (selection.OtherModels, selection.OtherLevels));
        Assert.Equal("d", Assert.Single(Assert.Single(MachineSelection.Choose(runs, "1B").Machines)).Manifest.Label);
        var error = Assert.Throws<FormatException>(() => MachineSelection.Choose(runs, "llama"));
        Assert.Contains("'llama'", error.Message, StringComparison.Ordinal);
        Assert.Contains("nano, 1b", error.Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => MachineSelection.Choose([], model: null));
        Assert.Throws<FormatException>(() => MachineSelection.Choose([MachineSamples.Run("e", [])], model: null));
    }

    [Fact]
    public void Combine_Walls_AreThoseOfTheFirstRunThatHasOne()
    {
        MachineWall[] walls = [new(8192, null, null), new(2048, 4096, MemoryRegime.OutOfMemory), new(1024, 8192, MemoryRegime.Spilling)];

        Assert.Equal(new MachineWall(2048, 4096, MemoryRegime.OutOfMemory), MachineWall.Combine(walls));
        Assert.Equal(new MachineWall(8192, null, null), MachineWall.Combine(walls[..1]));
        Assert.Equal(new MachineWall(null, null, null), MachineWall.Combine([]));
    }

    [Fact]
    public void Names_AreLabelsWhereTheyDistinguishAndElseWhatDiffers()
    {
        static RunManifest Unnamed(RunManifest manifest) => manifest with { Label = null };
        IReadOnlyList<MachineRun> One(string name, Func<RunManifest, RunManifest>? change = null) =>
            [MachineSamples.Run(name, MachineSamples.Trials(50), change)];

        Assert.Equal(["a", "b"], MachineNames.Create([One("a"), One("b")]));
        Assert.Equal(["Xeon", "EPYC"], MachineNames.Create([One("Xeon", Unnamed), One("EPYC", Unnamed)]));
        Assert.Equal(["machine 1", "machine 2"], MachineNames.Create([One("a", Unnamed), One("a", Unnamed)]));
        Assert.DoesNotContain('\n', MachineNames.Create([One("a\n\u202Eb"), One("b")])[0]);
    }

    private static MachineChoice Choice(MachinesReport report, MachineQuantity quantity) =>
        Assert.Single(report.Choices, choice => choice.Quantity == quantity);

    private static Estimate Estimate(MachinesReport report, int machine, MachineQuantity quantity) =>
        report.Machines[machine].Find(4096, quantity)!.Estimate;

    private static MeasuredMachinePhrases Phrases(MachinesReport report) =>
        new(report, MachineNames.Create(report.Selection.Machines));

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
