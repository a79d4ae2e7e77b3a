using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Notebooks.Views;

namespace MemoryWall.Notebooks.Tests;

/// <summary>The findings of a report and the machine that they were measured on.</summary>
public class FindingsPageTests
{
    [Fact]
    public void Findings_SweepThatCrosses_SayWhoTakesTheTime()
    {
        // 0.512 s and 16.384 s of prefill against 1 s of generation.
        var finding = Runs.Findings(Sample.FlatRates(512, 2048, 16_384))[^2];
        Assert.Equal("34% → 94%", finding.KeyNumber);
        Assert.Contains("34% of the time at 512 tokens and 94% at 16k", finding.Headline, StringComparison.Ordinal);
        Assert.Contains("at about 1,000 tokens", Assert.Single(finding.Details), StringComparison.Ordinal);
        Assert.DoesNotContain("Rule of thumb", finding.Details[0], StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], finding.Trials);
    }

    [Fact]
    public void Findings_RateThatFalls_SayByHowMuch()
    {
        var finding = Runs.Findings(Sample.Run([.. Enumerable.Range(0, 5).SelectMany(i => new[]
        {
            Sample.Trial(2 * i + 1, 2048, 1, 1, repetition: i + 1), Sample.Trial(2 * i + 2, 8192, 8, 4, repetition: i + 1),
        })]))[^1];
        Assert.Equal("64.0 → 16.0 t/s", finding.KeyNumber);
        Assert.Contains("after 8k tokens it comes at 25% of the speed after 2k (16.0 instead of 64.0 tokens/s)", finding.Headline,
            StringComparison.Ordinal);
        Assert.Contains(finding.Details,
            detail => detail.Contains("1.00 s at 2k tokens and 8.00 s at 8k tokens", StringComparison.Ordinal));
    }

    [Fact]
    public void Findings_RateThatItsRepetitionsDoNotTellApart_SayThat()
    {
        var run = Sample.Run([.. Enumerable.Range(0, 5).SelectMany(i => new[]
        {
            Sample.Trial(2 * i + 1, 2048, 1, 1 + i % 2, repetition: i + 1),
            Sample.Trial(2 * i + 2, 8192, 8, 1.5 + 0.4 * (i % 3), repetition: i + 1),
        })]);
        Assert.Contains("no change of the answer's speed is shown", Runs.Findings(run)[^1].Headline, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Findings_RateWithTooFewRepetitions_SayWhatIsMissing() =>
        Assert.Contains("4 more repetitions would show",
            Runs.Findings(Sample.Run([Sample.Trial(1, 2048, 1, 1), Sample.Trial(2, 8192, 8, 4)]))[^1].Headline, StringComparison.Ordinal);

    [Fact]
    public void Findings_Systems_SayWhatEachDoesAtTheFarContext()
    {
        var finding = Runs.Findings(Sample.FlatRates(512, 2048), Named(Sample.Killed(), "standard"),
            Named(Sample.Managed(), "managed"))[0];
        Assert.Equal("none → 8.00 t/s", finding.KeyNumber);
        Assert.Equal(
            "With the model nano at 16k tokens of context in 300 MiB of memory, standard runs out of memory and "
                + "managed still generates 8.00 t/s (one trial each).",
            finding.Headline);
        // One repetition shows the rates and no difference.
        Assert.Contains(finding.Details, detail => detail.Contains("would show whether that is a difference", StringComparison.Ordinal));
    }

    [Fact]
    public void Findings_RatesOfOneTrialEach_HaveNoArrow()
    {
        var finding = Runs.Findings(Sample.FlatRates(512, 2048), Named(Sample.Thrashing(), "standard"),
            Named(Sample.Managed(), "managed"))[0];
        Assert.Equal("0.810 vs 8.00 t/s", finding.KeyNumber);
        Assert.Equal(["one trial each"], finding.Doubts);
    }

    [Fact]
    public void Findings_SystemsOfAnotherModel_AreNotInTheHeadline()
    {
        var other = Named(Sample.Killed(), "other");
        var target = other.Manifest.Target with { Model = "/home/someone/large.gguf" };
        other = other with { Manifest = other.Manifest with { Target = target } };
        Run[] systems = [other, Named(Sample.Killed(), "standard"), Named(Sample.Managed(), "managed")];
        var headline = Runs.Findings(Sample.FlatRates(512, 2048), systems)[0].Headline;
        Assert.Contains("With the model nano at 16k", headline, StringComparison.Ordinal);
        Assert.DoesNotContain("other", headline, StringComparison.Ordinal);
        // A model's name is not the path of its file.
        Assert.Contains("large.gguf:", Runs.Findings(other)[0].Headline, StringComparison.Ordinal);
        Assert.DoesNotContain("someone", Runs.Findings(other)[0].Headline, StringComparison.Ordinal);
    }

    [Fact]
    public void Findings_OwnRun_LeavesSampleSystemsOut_AndSamplesSayThatTheyAre()
    {
        Run[] samples = [.. new[] { Named(Sample.Killed(), "standard"), Named(Sample.Managed(), "managed") }
            .Select(system => system with { IsSample = true })];
        var own = Sample.FlatRates(512, 2048);
        Assert.DoesNotContain(Runs.Findings(own, samples), finding => finding.Headline.Contains("managed", StringComparison.Ordinal));
        Assert.All(Runs.Findings(own with { IsSample = true }, samples),
            finding => Assert.StartsWith("Sample data: ", finding.Headline, StringComparison.Ordinal));
    }

    [Fact]
    public void Findings_ThrashingSystem_SayItsRate() =>
        Assert.Contains("standard thrashes at",
            Runs.Findings(Sample.FlatRates(512, 2048), Named(Sample.Thrashing(), "standard"),
                Named(Sample.Managed(), "managed"))[0].Headline, StringComparison.Ordinal);

    [Fact]
    public void Findings_NoLimit_SayWhatTheSweepItselfMet() =>
        Assert.Equal("ends at 16k", Runs.Findings(Sample.Killed())[0].KeyNumber);

    [Fact]
    public void Findings_FailuresOnly_InventNothing() =>
        Assert.All(Runs.Findings(Sample.Run([Sample.Failed(1, 2048, new Refused(500, "no"))])),
            finding => Assert.DoesNotContain("NaN", finding.Headline, StringComparison.Ordinal));

    [Fact]
    public void View_OfFindings_HasTheNumberTheSentenceAndTheTrials()
    {
        var view = FindingsView.Create(Runs.Findings(Sample.FlatRates(512, 2048)));
        Assert.Contains("memwall-number", view.Html, StringComparison.Ordinal);
        Assert.Contains("34% → 67%:", view.Text, StringComparison.Ordinal);
        Assert.Contains("Based on trials 1, 2 of the sweep.", view.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void View_OfMeasuredOn_NamesModelLimitsAndMachine()
    {
        var text = Runs.MeasuredOn(Sample.Run([Sample.Trial(1, 2048, 1, 1)], model: Sample.Hostile, shape: Sample.Shape),
                Named(Sample.Killed(), "standard"), Named(Sample.Managed(), "managed")).Text;
        foreach (var part in new[] { "100 million parameters", "100 MiB of weights", "2k tokens, answers of",
            "at most 300 MiB of RAM, no swap", "storage tier", "a processor", "2026-01-31 14:25 UTC" })
            Assert.Contains(part, text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", Runs.MeasuredOn(Sample.Run([], model: Sample.Hostile)).Html,
            StringComparison.Ordinal);
    }

    [Fact]
    public void View_OfSystems_HasARowForEachContextOfEach()
    {
        var text = SystemsView.Create(Runs.Systems(Named(Sample.Killed(), "standard"), Named(Sample.Managed(), "managed"))).Text;
        Assert.Equal(3, text.Split('\n').Count(line => line.Contains("  standard  ", StringComparison.Ordinal)));
        Assert.Contains("out of memory", text, StringComparison.Ordinal);
    }

    [Fact]
    public void View_OfAComparison_StartsWithTheResult()
    {
        Run CreateRun(string id, double generation) =>
            Sample.Run(
                [.. Enumerable.Range(0, 6)
                    .Select(i => Sample.Trial(i + 1, i % 2 == 0 ? 2048 : 8192, 1 + i * 0.001, generation * (1 + i * 0.001),
                        repetition: 1 + i / 2))], id);
        var text = ComparisonView.Create(Runs.Compare(CreateRun("run-a", 1), CreateRun("run-b", 2))).Text;
        Assert.Contains("0.500×: Generation rate over 2 contexts", text, StringComparison.Ordinal);
        Assert.Contains("nothing in their manifests", text, StringComparison.Ordinal);
        Assert.Contains("no results in common",
            ComparisonView.Create(Runs.Compare(CreateRun("run-a", 1), Sample.Run([Sample.Trial(1, 512, 1, 1)]))).Text,
            StringComparison.Ordinal);
    }

    private static Run Named(Run run, string system) =>
        run with { Manifest = run.Manifest with { Plan = run.Manifest.Plan with { System = system } } };
}
