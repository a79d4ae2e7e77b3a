using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Verdicts;
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
    private static readonly int[] s_fitContexts = [2048, 4096, 8192, 16_384, 32_768];
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
    public IReadOnlyList<RatioVerdict> ChangeOverContexts(double effect) =>
        ChangeOver(s_contexts, Repetitions, isShuffled: true, context => context == s_contexts[^1] ? effect : 1);

    /// <summary>The same with three repetitions of five contexts.</summary>
    /// <param name="effect">How many times faster the largest context is; between them the rate grows evenly with each doubling.</param>
    /// <param name="isShuffled">Whether the order within each repetition is shuffled; otherwise the contexts rise.</param>
    public IReadOnlyList<RatioVerdict> ChangeWithThreeRepetitions(double effect, bool isShuffled) =>
        ChangeOver(s_fitContexts, 3, isShuffled,
            context => Math.Pow(effect, Math.Log2(context / (double)s_fitContexts[0]) / (s_fitContexts.Length - 1)));

    private IReadOnlyList<RatioVerdict> ChangeOver(int[] contexts, int repetitions, bool isShuffled, Func<int, double> speed)
    {
        var order = Enumerable.Range(0, repetitions)
            .SelectMany(r => (isShuffled ? Shuffle(contexts) : contexts).Select(context => (r, context))).ToList();
        var slowdowns = Draw(order.Count);
        var trials = order.Select((step, i) => Trial(i, step.context, step.r, slowdowns[i] / speed(step.context))).ToList();
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
        var strategy = new WallSearch(plan, 131_072);
        var (slowdowns, done) = (Draw(70), new List<Trial>());
        while (strategy.Next(AnalysisSamples.Report(done)) is { } step)
            done.Add(Trial(done.Count, step.ContextTokens, step.Repetition - 1, slowdowns[done.Count]));
        return AnalysisSamples.Report(done).Wall.BeyondTokens is not null;
    }

    /// <summary>Whether a coefficient that is 0 on this server has an interval without 0: that of depth, or of prefill the constant or N².
    /// Five contexts in shuffled order.</summary>
    public bool FitsAFalseTerm() => Fit(1) is var fits && (Excludes0(fits.InterToken, "depth") || Excludes0(fits.Prefill, "1", "N²"));

    /// <summary>Whether the coefficient of depth has an interval without 0.</summary>
    /// <param name="effect">How many times as long a token takes at the largest depth.</param>
    public bool FitsDepth(double effect) => Excludes0(Fit(effect).InterToken, "depth");

    /// <summary>Whether the interval of the crossover does not contain the context where a server has it whose prefill takes 1 ms per token
    /// and whose generation takes 2 s. Seven repetitions of contexts around it; no interval is no miss.</summary>
    /// <param name="effect">How many times faster prefill is, so that the crossover is at another context.</param>
    public bool ExcludesCrossover(double effect)
    {
        var crossover = Measure([512, 1024, 1536, 2048, 3072, 4096, 8192], 7, n => n / 1000.0 / effect, _ => 2).Crossovers.Single();
        return crossover.Estimate?.Interval is { } interval && !interval.Contains(2000);
    }

    /// <summary>Whether a verdict says that repetitions differ by more than chance: in time, by the order, or within a context.</summary>
    public bool FindsDisturbance() => Measure(s_fitContexts, Repetitions, n => n / 1000.0, _ => 2).Verdicts
        .Any(verdict => verdict is DriftVerdict or WarmUpVerdict or OrderEffectVerdict or OutlierVerdict or TwoGroupsVerdict);

    /// <summary>Whether a warm-up is found where the first trial is slower.</summary>
    /// <param name="effect">How many times slower the first trial is.</param>
    public bool FindsWarmUp(double effect) =>
        Measure(s_fitContexts, Repetitions, n => n / 1000.0, _ => 2, effect).Verdicts.Any(verdict => verdict is WarmUpVerdict);

    private LevelFits Fit(double effect)
    {
        double Growth(int n) => (effect - 1) * (n - s_fitContexts[0]) / (s_fitContexts[^1] - s_fitContexts[0]);
        return Measure(s_fitContexts, Repetitions, n => n / 1000.0, n => 2 * (1 + Growth(n))).Fits.Single();
    }

    private static bool Excludes0(CurveFit? fit, params string[] names) =>
        fit!.Terms.Any(term => names.Contains(term.Name) && !term.Interval.Contains(0));

    // A run in shuffled order, whose phases scatter each for itself: with one slowdown for both, a crossover would not scatter at all.
    private RunReport Measure(int[] contexts, int repetitions, Func<int, double> prefill, Func<int, double> generation,
        double firstSlowdown = 1)
    {
        var order = Enumerable.Range(0, repetitions).SelectMany(r => Shuffle(contexts).Select(context => (r, context))).ToList();
        var slowdowns = Draw(order.Count, phases: 2);
        (slowdowns[0], slowdowns[1]) = (firstSlowdown * slowdowns[0], firstSlowdown * slowdowns[1]);
        return AnalysisSamples.Report([.. order.Select((step, i) => AnalysisSamples.Server(i + 1, step.context,
            prefill(step.context) * slowdowns[2 * i], generation(step.context) * slowdowns[2 * i + 1]) with { Repetition = step.r + 1 })]);
    }

    private int[] Shuffle(int[] contexts)
    {
        var block = contexts.ToArray();
        _random.Shuffle(block);
        return block;
    }

    private static Trial Trial(int index, int context, int repetition, double slowdown) =>
        AnalysisSamples.Server(index + 1, context, context / 1000.0 * slowdown, 2 * slowdown) with { Repetition = repetition + 1 };

    private static ClientTimings Sent(int place, int context, double slowdown) =>
        Trial(0, context, 0, slowdown).Client with { Sent = Instant.FromSeconds(200.0 * place) };

    private double[] Draw(int trials, int phases = 1)
    {
        var count = trials * phases;
        double[] slowdowns = [
            .. Enumerable.Range(0, count).Select(i => Math.Exp(0.05 * (kind == NoiseKind.HeavyTailed ? Student3() : Normal())
            + (kind == NoiseKind.Drifting ? Math.Log(1.3) * i / count : 0)))];
        for (var i = 0; kind == NoiseKind.Bursty && i < count; i++)
        {
            if (_random.NextDouble() >= 1 / 25.0 / phases)
                continue;
            var (factor, end) = (1.5 + 1.5 * _random.NextDouble(), Math.Min(count, i + phases * (3 + _random.Next(6))));
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
