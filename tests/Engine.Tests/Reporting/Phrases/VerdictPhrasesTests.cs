using CsCheck;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Analysis;
using MemoryWall.Engine.Tests.Analysis.Review;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Reporting.Phrases;

public sealed class VerdictPhrasesTests
{
    [Fact]
    public void Evaluate_AFullSweep_ReadsAsItShould()
    {
        var verdicts = AnalysisSamples.Report(
        [
            AnalysisSamples.Server(1, 2048, 9, 9) with { Repetition = 0, Flags = TrialFlags.Warmup },
            AnalysisSamples.Server(2, 8192, 4, 1.26),
            AnalysisSamples.Server(3, 2048, 0.5, 1),
            AnalysisSamples.Server(4, 32768, 64, 3.15),
            AnalysisSamples.Server(5, 131072, 0, 0) with { Outcome = new OutOfMemory("exit 137,\noom_kill 1"),
                Client = new ClientTimings(), Server = new ServerTimings() },
        ]).Verdicts;
        Assert.Equal(
        [
            "3 of 4 measured trials completed.",
            "Prefill's share of the time is 33% at 2k, 76% at 8k and 95% at 32k: prefill dominates at 8k and 32k; generation dominates at "
            + "2k.",
            "Prefill takes as long as generating 64 tokens at about 3,440 tokens (interpolated between 2k and 8k). Rule of thumb (answer "
            + "length × prefill rate ÷ generation rate): 4,160 tokens.",
            "From 2k to 32k the prefill rate goes from 4,096 t/s to 512 t/s; 4 more repetitions would show whether it is a change.",
            "From 2k to 32k the generation rate goes from 63.0 t/s to 20.0 t/s; 4 more repetitions would show whether it is a change.",
            "At 128k the only trial ran out of memory: exit 137, oom_kill 1",
        ], verdicts.Select(verdict => VerdictPhrases.Format(verdict)));
        Assert.Equal([[2, 3, 4, 5], [2, 3, 4], [2, 3], [2, 3, 4], [2, 3, 4], [5]], verdicts.Select(verdict => verdict.Trials));
    }

    [Fact]
    public void Evaluate_NoTrial_SaysSo() => Assert.Equal(["No trial was measured."], Sentences());

    [Fact]
    public void Evaluate_AllFailed_SaysWhyAndNothingOfRates() => Assert.Equal(
    [
        "None of the 3 measured trials completed.",
        "At 2k 2 of 3 trials got a refusal: trial 1: HTTP 500: no",
        "At 2k 1 of 3 trials found the target dead or unreachable: exit 1",
    ], Sentences(
        AnalysisSamples.Server(1, 2048, 1, 1) with { Outcome = new Refused(500, "no") },
        AnalysisSamples.Server(2, 2048, 1, 1) with { Outcome = new Refused(503, "busy") },
        AnalysisSamples.Server(3, 2048, 1, 1) with { Outcome = new TargetDied("exit 1") }));

    [Fact]
    public void Evaluate_OneFailedTrial_IsNamedOnce()
    {
        var report = AnalysisSamples.Report([AnalysisSamples.Server(1, 64, 1, 1) with { Outcome = new TargetDied("no server answers") }]);
        Assert.Contains("At 64 the only trial found the target dead or unreachable: no server answers (trial 1)",
            report.Verdicts.Select(VerdictPhrases.WithTrials));
    }

    [Theory]
    [InlineData(0, 0, "Speculative: the server can speculate, but drafted nothing here.")]
    [InlineData(20, 0, "Speculative: the server drafted tokens and accepted none of them, so rates depend on the text.")]
    [InlineData(20, 12, "Speculative: the server drafted tokens and accepted a part of them, so rates depend on the text.")]
    [InlineData(20, 20, "Speculative: the server drafted tokens and accepted all of them, so rates depend on the text.")]
    [InlineData(20, null, "Speculative: the server drafted tokens, so rates depend on the text.")]
    public void Evaluate_Speculation_SaysWhatBecameOfTheDrafts(int drafted, int? accepted, string expected) =>
        Assert.Contains(expected, Sentences(AnalysisSamples.Server(1, 2048, 1, 4) with
        {
            Flags = TrialFlags.Speculative,
            DraftTokens = drafted,
            AcceptedDraftTokens = accepted,
        }));

    [Fact]
    public void Evaluate_RateThatIsAbsentWithoutADoubt_HasItsReasonInWords()
    {
        var client = AnalysisSamples.Client();
        var bunched = client with { OutputTokens = 15, OutputTokensAsked = 15, Chunks = 15, Arrivals = 12, FirstArrivalChunks = 4 };
        // Four tokens at once after a prefill of a minute leave its rate true within a tenth.
        bunched = bunched with
        {
            Client = bunched.Client with { TimeToFirstToken = TimeSpan.FromSeconds(60), TimeToLastToken = TimeSpan.FromSeconds(61) },
        };
        Assert.NotNull(TrialReview.Review(bunched).PrefillRate);
        Assert.Contains("No generation rate: 15 chunks arrived at 12 times, several together, so the client cannot time their tokens.",
            Sentences(bunched));
        Assert.Contains("No generation rate: 64 tokens came in 20 chunks, so the client cannot time them.",
            Sentences(client with { Chunks = 20 }));
        Assert.Contains("No generation rate: the target did not count its output.", Sentences(client with { OutputTokens = null }));
        Assert.Contains("No generation rate: its duration is 0.", Sentences(AnalysisSamples.Server(1, 2048, 1, 0)));
    }

    [Fact]
    public void Evaluate_OneContext_SaysNothingOfChange()
    {
        var sentences = Sentences(AnalysisSamples.Server(1, 2048, 1, 4));
        Assert.Equal(3, sentences.Count);
        Assert.Contains("the only context measured", sentences[2], StringComparison.Ordinal);
    }

    // Five repetitions, each context once in each.
    private static IReadOnlyList<string> Repeated(params (int Context, double Prefill, double Generation)[] contexts) => Sentences(
        [.. AnalysisSamples.InOrder([.. Enumerable.Range(0, 5).SelectMany(i => contexts.Select(
            at => (at.Context, at.Prefill * (1 + 0.004 * i), at.Generation * (1 + 0.003 * (i % 2)))))])]);

    [Fact]
    public void Evaluate_RateThatRisesBetween_SaysWhere()
    {
        var sentences = Repeated((2048, 1, 4), (8192, 2, 4), (32768, 32, 4));
        Assert.Contains(sentences, sentence => sentence.StartsWith(
            "From 2k to 32k the prefill rate falls from 2,032 t/s to 1,016 t/s, a factor of 0.500; in between it is highest at 8k (4,063 ",
            StringComparison.Ordinal));
        Assert.Contains("From 2k to 32k the generation rate goes from 15.8 t/s to 15.8 t/s, a change within the spread of the repetitions.",
            sentences);
    }

    [Fact]
    public void Evaluate_RangesThatOverlap_ClaimsNoChange()
    {
        var trials = AnalysisSamples.InOrder([.. Enumerable.Range(0, 5).SelectMany(
            i => new[] { (2048, i % 2 == 0 ? 0.8 : 1.12, 4.0), (8192, i % 3 == 0 ? 3.8 : 4.6, 4.0) })]);
        Assert.Contains(Sentences([.. trials]), sentence => sentence.Contains("prefill rate goes from", StringComparison.Ordinal)
            && sentence.EndsWith("a change within the spread of the repetitions.", StringComparison.Ordinal));
    }

    // However far apart two trials are, they show no change.
    [Fact]
    public void Evaluate_FewRepetitions_ShowTheRatesAndWhatIsMissing() => Assert.Contains(
        "From 2k to 8k the prefill rate goes from 2,048 t/s to 205 t/s; 3 more repetitions would show whether it is a change.",
        Sentences(AnalysisSamples.Server(1, 2048, 1, 4), AnalysisSamples.Server(2, 8192, 40, 4),
            AnalysisSamples.Server(3, 2048, 1, 4), AnalysisSamples.Server(4, 8192, 40, 4)));

    // A single outlier among eight trials makes the ranges overlap, but not the interval of the ratio.
    [Fact]
    public void Evaluate_OneStrayAmongMany_DoesNotHideTheChange() => Assert.Contains(
        Sentences(
            [.. AnalysisSamples.InOrder(
                [.. Enumerable.Range(0, 8)
                    .SelectMany(i => new[] { (2048, i == 3 ? 4.2 : 1 + 0.01 * i, 4.0), (8192, 8 + 0.05 * i, 4.0) })])]),
        sentence => sentence.StartsWith("From 2k to 8k the prefill rate falls from", StringComparison.Ordinal));

    [Fact]
    public void Evaluate_SeveralLevels_NamesTheLevelOfEachSentence()
    {
        var sentences = Sentences(AnalysisSamples.Server(1, 2048, 1, 4), AnalysisSamples.Server(2, 2048, 1, 4) with { Concurrency = 4 });
        Assert.Contains(sentences,
            sentence => sentence.StartsWith("With 1 stream and 64 output tokens: Prefill's share of the time is 20% at 2k",
                StringComparison.Ordinal));
        Assert.Contains(sentences,
            sentence => sentence.StartsWith("With 4 streams and 64 output tokens: Prefill's share of the time is 20% at 2k",
                StringComparison.Ordinal));
    }

    [Fact]
    public void Evaluate_FlaggedTrials_NamesEveryDoubt()
    {
        var shown = Enum.GetValues<TrialFlags>().Where(flag => flag is not (TrialFlags.None or TrialFlags.Warmup or TrialFlags.Concurrent))
            .ToList();
        var trial = AnalysisSamples.Server(7, 2048, 1, 4) with
        {
            Flags = shown.Aggregate((all, flag) => all | flag),
            Method = SweepMethod.SyntheticDepth,
            SkippedPromptTokens = 1536,
        };
        var verdicts = AnalysisSamples.Report([trial, .. DoubtSamples.OneOfEachKind.Select(sample => sample.Trial)]).Verdicts
            .Where(verdict => verdict.Topic == VerdictTopic.Doubt).ToList();
        Assert.Equal(
            shown.SelectMany(flag => flag.Labels()).Append("synthetic depth").Concat(Doubt.Kinds.Select(kind => kind.Replace('_', ' ')))
                .Order(),
            verdicts.Select(verdict => VerdictPhrases.Format(verdict).Split(':')[0].ToLowerInvariant()).Order());
        Assert.All(verdicts, verdict => Assert.NotEmpty(verdict.Trials));
        Assert.Contains(verdicts, verdict => verdict is SyntheticDepthVerdict { Trials: [7] });
    }

    [Fact]
    public void Evaluate_TextOfTheServer_AreBoundedAndOnOneLine()
    {
        var sentence = Sentences(
            AnalysisSamples.Server(1, 2048, 1, 4) with { Outcome = new Refused(null, "\u001b[31m\n" + new string('x', 10_000)) })[1];
        Assert.DoesNotContain(sentence, char.IsControl);
        Assert.InRange(sentence.Length, 200, 300);
    }

    [Fact]
    public void Evaluate_AnyTrials_NeverThrowsAndRestsOnTrialsThatExist() => StoreSamples.AnyTrial.Array[0, 12].Sample(trials =>
    {
        var verdicts = AnalysisSamples.Report(trials).Verdicts;
        Assert.All(verdicts, verdict => Assert.Empty(verdict.Trials.Except(trials.Select(trial => trial.Number))));
        Assert.All(verdicts, verdict => Assert.DoesNotContain("NaN", VerdictPhrases.Format(verdict), StringComparison.Ordinal));
    });

    private static IReadOnlyList<string> Sentences(params Trial[] trials) =>
        [.. AnalysisSamples.Report(trials).Verdicts.Select(verdict => VerdictPhrases.Format(verdict))];
}
