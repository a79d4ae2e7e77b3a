using MemoryWall.Analysis;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Engine.Tests.Sweeps.Strategies;

/// <summary>A system whose times follow the usual forms, prefill a + b·N + c·N² and generation G·(α + β·depth), each trial with its own
/// scatter; and sweeps of it.</summary>
internal sealed class ScriptedRates(double a, double b, double c, double alpha, double beta, double scatter, int seed)
{
    private const int Output = 64;
    private readonly Random _random = new(seed);

    /// <summary>The context where both phases take the same time, by bisection; the scatter has a median of 1.</summary>
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

    /// <summary>Sweeps by the plan's own strategy, as the sweeper does.</summary>
    public IReadOnlyList<Trial> Sweep(SweepPlan plan, Func<Trial, Outcome>? outcome = null) =>
        Sweep(StepPlanner.CreateStrategy(plan, StepPlanner.PlanSteps(plan)), [], outcome);

    /// <summary>Continues after existing trials.</summary>
    public IReadOnlyList<Trial> Sweep(ISweepStrategy strategy, IReadOnlyList<Trial> before, Func<Trial, Outcome>? outcome = null,
        int most = 5000)
    {
        var trials = before.ToList();
        while (trials.Count < most && strategy.Next(trials) is { } step)
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
        Crossover.Compute(ContextSummary.Summarize(trials.Select(TrialView.Create))).ContextTokens;

    private double Prefill(double n) => a + b * n + c * n * n;

    private double Generation(double n) => (Output - 1) * (alpha + beta * (n + Output / 2.0));

    private Trial Run(SweepStep step, int number)
    {
        double Scattered(double seconds) =>
            seconds * Math.Exp(scatter * Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble()));
        return MemoryWall.Engine.Tests.Analysis.AnalysisSamples.Server(number, step.ContextTokens, Scattered(Prefill(step.ContextTokens)),
            Scattered(Generation(step.ContextTokens)), Output) with
        {
            Repetition = step.Repetition,
            Flags = step.IsWarmup ? TrialFlags.Warmup : TrialFlags.None,
        };
    }
}
