using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Engine.Tests.Analysis;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Engine.Tests.Sweeps.Strategies;

/// <summary>Seconds of the two phases: prefill takes A + B·N + C·N², each generated token takes Alpha + Beta·depth.</summary>
internal sealed record PhaseTimes(double A, double B, double C, double Alpha, double Beta);

/// <summary>Sweeps of a simulated system. Each trial's times scatter around the given form, with a log-normal factor.</summary>
internal sealed class ScriptedRates(PhaseTimes times, double scatter, int seed)
{
    private const int Output = 64;
    private readonly Random _random = new(seed);

    /// <summary>The context where both phases take the same time, found by bisection. The scatter has a median of 1 and does not move
    /// it.</summary>
    public double TrueCrossover
    {
        get
        {
            var (low, high) = (1.0, 1e9);
            for (var i = 0; i < 200; i++)
            {
                var middle = Math.Sqrt(low * high);
                (low, high) = Prefill(middle) < Generation(middle) ? (middle, high) : (low, middle);
            }
            return low;
        }
    }

    /// <summary>Sweeps with the plan's own strategy, as <c>Sweeper</c> does.</summary>
    public IReadOnlyList<Trial> Sweep(SweepPlan plan, Func<Trial, Outcome>? outcome = null) =>
        Sweep(StepPlanner.CreateStrategy(plan, StepPlanner.PlanSteps(plan)), [], outcome);

    /// <summary>Continues after existing trials.</summary>
    public IReadOnlyList<Trial> Sweep(ISweepStrategy strategy, IReadOnlyList<Trial> before, Func<Trial, Outcome>? outcome = null,
        int most = 5000)
    {
        var trials = before.ToList();
        while (trials.Count < most && strategy.Next(AnalysisSamples.Report(trials)) is { } step)
        {
            var trial = Run(step, trials.Count + 1);
            trials.Add(outcome is null ? trial : trial with { Outcome = outcome(trial) });
        }
        return trials;
    }

    /// <summary>A plan over contexts.</summary>
    public static SweepPlan Plan(IEnumerable<int> contexts, int repetitions) => new()
    {
        Target = "embedded",
        Contexts = [.. contexts.Select(context => new TokenCount(context))],
        Repetitions = repetitions,
        OutputTokens = Output,
        Warmups = 0,
    };

    /// <summary>The crossover that the analysis finds; null where it finds none.</summary>
    public static double? Found(IReadOnlyList<Trial> trials) =>
        AnalysisSamples.Report(trials).Crossovers.Single().ContextTokens;

    private double Prefill(double n) => times.A + times.B * n + times.C * n * n;

    private double Generation(double n) => (Output - 1) * (times.Alpha + times.Beta * (n + Output / 2.0));

    private Trial Run(SweepStep step, int number)
    {
        double Scattered(double seconds) =>
            seconds * Math.Exp(scatter * Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble()));
        return AnalysisSamples.Server(number, step.ContextTokens, Scattered(Prefill(step.ContextTokens)),
            Scattered(Generation(step.ContextTokens)), Output) with
        {
            Repetition = step.Repetition,
            Flags = step.IsWarmup ? TrialFlags.Warmup : TrialFlags.None,
        };
    }
}
