using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Statistics;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Engine.Tests.Analysis.Comparisons;

/// <summary>How a simulated machine scatters.</summary>
internal enum NoiseKind
{
    /// <summary>5% of scatter with Student's distribution at 3 degrees of freedom: a stray of 30% in a hundred trials.</summary>
    HeavyTailed,

    /// <summary>5% of log-normal scatter, and 30% slower from the first to the last trial.</summary>
    Drifting,

    /// <summary>5% of log-normal scatter, and neighbours that slow 3 to 8 trials in a row by 1.5 to 3 times, one in 25 trials begins such a
    /// burst.</summary>
    Bursty,
}

/// <summary>Runs on a simulated machine, to count false findings and findings of a real effect. Two starts of a server differ by 1.5% each.
/// Nothing tells the analysis of the noise.</summary>
internal sealed class NoisyMachine(NoiseKind kind, int seed)
{
    private const int Repetitions = 5;
    private static readonly int[] s_contexts = [2048, 8192, 32_768];
    private readonly Random _random = new(seed);

    /// <summary>The verdicts on all ratios of two servers that took turns, or ran one after the other.</summary>
    /// <param name="effect">How many times faster the second is.</param>
    /// <param name="isInterleaved">Whether they took turns.</param>
    public IReadOnlyList<RatioVerdict> Compare(double effect, bool isInterleaved)
    {
        var count = Repetitions * s_contexts.Length;
        var slowdowns = Draw(2 * count);
        double[] starts = [Math.Exp(0.015 * Normal()), Math.Exp(0.015 * Normal()) / effect];
        int Place(int side, int step) => isInterleaved ? 2 * step + side : side * count + step;
        var runs = Enumerable.Range(0, 2).Select(side => AnalysisSamples.Run([.. Enumerable.Range(0, count).Select(step =>
            Trial(step, s_contexts[step % s_contexts.Length], step / s_contexts.Length, starts[side] * slowdowns[Place(side, step)])
                with { Client = Sent(Place(side, step), s_contexts[step % s_contexts.Length],
                    starts[side] * slowdowns[Place(side, step)]) })],
            $"run-{side}")).ToList();
        var comparison = AnalysisSamples.Compare(runs[0], runs[1]);
        return [.. comparison.Contexts.Where(row => row.Quantity != ComparedQuantity.TtftSeconds).Select(row => row.Verdict),
            .. comparison.Overall.Where(row => row.Quantity != ComparedQuantity.TtftSeconds).Select(row => row.Verdict)];
    }

    /// <summary>The verdicts on how both rates change from the smallest to the largest context, in shuffled order.</summary>
    /// <param name="effect">How many times faster the largest context is.</param>
    public IReadOnlyList<RatioVerdict> ChangeOverContexts(double effect)
    {
        var order = Enumerable.Range(0, Repetitions).SelectMany(r =>
        {
            var block = s_contexts.ToArray();
            _random.Shuffle(block);
            return block.Select(context => (r, context));
        }).ToList();
        var slowdowns = Draw(order.Count);
        var trials = order.Select((step, i) => Trial(i, step.context, step.r,
            slowdowns[i] / (step.context == s_contexts[^1] ? effect : 1))).ToList();
        return [.. AnalysisSamples.Report(trials).RateChanges.SelectMany(level => level).Select(change => change.Finding.Verdict)];
    }

    /// <summary>Whether a search finds a wall on a server with memory to spare, whose memory cannot be read.</summary>
    public bool FindsWall()
    {
        var plan = new SweepPlan
        {
            Target = "http://127.0.0.1:8080",
            Contexts = [new TokenCount(2048)],
            OutputTokens = 64,
            Wall = new WallPlan { FromTokens = 2048 },
        };
        var strategy = new WallSearch(plan, shape: null, 131_072);
        var (slowdowns, done) = (Draw(70), new List<Trial>());
        while (strategy.Next(done) is { } step)
            done.Add(Trial(done.Count, step.ContextTokens, step.Repetition - 1, slowdowns[done.Count]));
        var regimes = RegimeClassifier.Classify(TrialReview.Review(done), shape: null, ReviewRules.Default.Regimes);
        return WallEdge.Find(regimes, ReviewRules.Default.Walls).Beyond is not null;
    }

    private static Trial Trial(int index, int context, int repetition, double slowdown) =>
        AnalysisSamples.Server(index + 1, context, context / 1000.0 * slowdown, 2 * slowdown) with { Repetition = repetition + 1 };

    private static ClientTimings Sent(int place, int context, double slowdown) =>
        Trial(0, context, 0, slowdown).Client with { Sent = Instant.FromSeconds(200.0 * place) };

    private double[] Draw(int count)
    {
        double[] slowdowns = [
            .. Enumerable.Range(0, count).Select(i => Math.Exp(0.05 * (kind == NoiseKind.HeavyTailed ? Student3() : Normal())
            + (kind == NoiseKind.Drifting ? Math.Log(1.3) * i / count : 0)))];
        for (var i = 0; kind == NoiseKind.Bursty && i < count; i++)
        {
            if (_random.NextDouble() >= 1 / 25.0)
                continue;
            var (factor, end) = (1.5 + 1.5 * _random.NextDouble(), Math.Min(count, i + 3 + _random.Next(6)));
            for (; i < end; i++)
                slowdowns[i] *= factor;
        }
        return slowdowns;
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private double Student3()
    {
        var (a, b, c) = (Normal(), Normal(), Normal());
        return Normal() / Math.Sqrt((a * a + b * b + c * c) / 3);
    }
}
