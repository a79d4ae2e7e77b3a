using MemoryWall.Analysis;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Verdicts;

namespace MemoryWall.Engine.Tests.Analysis.Verdicts;

/// <summary>
/// The false alarm rate of undisturbed runs. A run has many tests (two rates, each context, four kinds of disturbance), and the share of
/// undisturbed runs with any false verdict counts, not the level of each test.
/// </summary>
public sealed class FalseAlarmsTests
{
    private const int Runs = 400;
    private static readonly int[] s_contexts = [512, 1024, 2048, 4096, 8192, 16384];

    [Theory]
    [InlineData(5)]
    [LongData(8)]
    [LongData(12)]
    public void Evaluate_QuietRuns_AreSeldomAccused(int repetitions)
    {
        var random = new Random(repetitions);
        var accused = Enum.GetValues<VerdictTopic>().ToDictionary(topic => topic, _ => 0);
        var runs = 0;
        for (var run = 0; run < Runs; run++)
        {
            var verdicts = Quiet(random, repetitions);
            foreach (var topic in verdicts.Select(verdict => verdict.Topic).Distinct())
                accused[topic]++;
            runs += verdicts.Count > 0 ? 1 : 0;
        }
        var rates = string.Join(", ",
            accused.Where(entry => entry.Value > 0).Select(entry => $"{entry.Key} {entry.Value / (double)Runs:0.000}"));
        Assert.True(runs <= Runs * 0.05, $"{runs / (double)Runs:0.000} of quiet runs were accused: {rates}");
    }

    // Slightly skewed random times in shuffled blocks, without any disturbance.
    private static List<Verdict> Quiet(Random random, int repetitions)
    {
        double Scatter() => Math.Exp(0.02 * Normal(random));
        var order = Enumerable.Range(0, repetitions).SelectMany(_ =>
        {
            int[] block = [.. s_contexts];
            random.Shuffle(block);
            return block;
        });
        var trials = AnalysisSamples.InOrder([.. order.Select(context => (context, context / 1000.0 * Scatter(), 2.0 * Scatter()))]);
        List<TrialView> views = [.. TrialReview.Review([.. trials])];
        var level = ContextSummary.Summarize(views);
        return [.. SeriesVerdicts.Evaluate(level, views, new SeriesRules()), .. SpreadVerdicts.Evaluate(level, new SpreadRules())];
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
