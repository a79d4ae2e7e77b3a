using System.Text.Json;
using CsCheck;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Core;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Runs.Json;

namespace MemoryWall.Engine.Tests.Analysis;

public sealed class RunReportTests
{
    private static readonly Gen<StreamMark> s_mark = Gen.Select(Gen.Enum<MarkKind>(),
        Gen.OneOf(Gen.Const((int?)null), Gen.Int[-2, 3].Select(n => (int?)n)), Gen.OneOf(Gen.Long, Gen.Long[0, 1_000_000_000]),
        Gen.OneOf(Gen.Const((TimeSpan?)null), Gen.Long.Select(ticks => (TimeSpan?)new TimeSpan(ticks))),
        (kind, tokens, at, native) => new StreamMark(kind, tokens, new Instant(at), native));

    // A file may contain any number: every run is analysed, compared and written.
    [Fact]
    public void Analyze_AnyRun_NeverThrowsAndIsWrittenAsJson() =>
        Gen.Select(StoreSamples.AnyTrial.Array[0, 12], s_mark.Array[0, 8].Array[12], Gen.Bool).Sample((trials, marks, alike) =>
    {
        // Half of the runs have equal settings, so that there are repetitions.
        if (alike)
            trials = [
                .. trials.Select(
                    (trial, i) => trial with { Number = i + 1, ContextTokens = 512 << (i % 3), CountedPromptTokens = 512 << (i % 3),
                        CachedPromptTokens = null, OutputTokens = 64, OutputTokensAsked = 64, Concurrency = 1, Flags = TrialFlags.None,
                        Outcome = new Completed() })];
        var run = AnalysisSamples.Run(trials,
            marks: trials.Select(trial => trial.Number).Distinct().Zip(marks).ToDictionary(pair => pair.First,
                pair => (IReadOnlyList<StreamMark>)pair.Second));
        var analysis = RunReport.Create(run, Slo.Parse("ttft=1s,itl=1ms"));
        foreach (var part in new object[] { analysis.Contexts, analysis.Crossovers, analysis.Fits, analysis.Goodput,
            analysis.Verdicts,
            AnalysisSamples.Compare(run, run, 0.02) })
            Assert.NotEmpty(JsonSerializer.Serialize(part, part.GetType(), FactsJson.SingleLine));
        foreach (var fit in analysis.Fits.SelectMany(level => new[] { level.Prefill, level.InterToken }).OfType<CurveFit>())
            Assert.True(fit.At(fit.ToTokens * 2) is null or { Seconds: > 0 });
    }, iter: LongTests.Draws(300));

    [Fact]
    public void Analyze_RunAgainstItself_ShowsNoDifference() =>
        Assert.All(AnalysisSamples.Compare(Sample(), Sample(), null).Contexts,
            row => Assert.Equal(MemoryWall.Statistics.RatioVerdict.NoDifferenceShown, row.Verdict));

    // Eight concurrent streams are one sample of the machine, not eight.
    [Theory]
    [InlineData(1, MemoryWall.Statistics.IntervalKind.None)]
    [InlineData(3, MemoryWall.Statistics.IntervalKind.Range)]
    [InlineData(5, MemoryWall.Statistics.IntervalKind.Confidence)]
    public void Analyze_StreamsAtOnce_CountOncePerRepetition(int repetitions, MemoryWall.Statistics.IntervalKind kind)
    {
        var trials = from repetition in Enumerable.Range(1, repetitions)
                     from stream in Enumerable.Range(1, 8)
                     let number = repetition * 8 + stream
                     select AnalysisSamples.Server(number, 2048, 1 + 0.01 * number, 2) with
                     {
                         Repetition = repetition,
                         Concurrency = 8,
                         Stream = stream,
                         Flags = TrialFlags.Concurrent
                     };
        var figure = Assert.Single(AnalysisSamples.Report([.. trials]).Contexts).PrefillTps!;
        Assert.Equal(8 * repetitions, figure.Trials.Count);
        Assert.Equal((kind, repetitions, figure.Median), (figure.Estimate.Kind, figure.Estimate.Count, figure.Estimate.Value));
    }

    private static Run Sample() =>
        AnalysisSamples.Run(
            AnalysisSamples.InOrder([.. Enumerable.Range(0, 12).Select(i => (2048 << (i % 2), 1 + 0.01 * i, 2 + 0.01 * i))]));
}
