using System.Globalization;
using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Engine.Tests.Sweeps;
using MemoryWall.Runs;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Finds the crossover of the embedded server twice: with an adaptive sweep between two contexts, and with a grid over the same range with
/// twice as many trials. When the adaptive sweep knows the crossover to 5% and the grid does not, a grid that does needs more than twice
/// the trials. Options: preset (default nano), smallest and largest context (default 512,8192), contexts of the grid (default 8), output
/// tokens (default 160: with short answers, neighbouring trials differ by a third on a busy machine).
/// </summary>
internal static class AdaptiveBenchmark
{
    private const double Wanted = 0.05;

    public static async Task RunAsync(string[] args)
    {
        var preset = args.Length > 0 ? args[0] : "nano";
        var range = args.Length > 1
            ? args[1].Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray()
            : [512, 8192];
        var contexts = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 8;
        var output = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 160;
        var factor = Math.Pow((double)range[1] / range[0], 1.0 / (contexts - 1));
        var plan = new SweepPlan
        {
            Target = $"embedded:{preset}",
            Contexts = [new TokenCount(range[0]), new TokenCount(range[1])],
            OutputTokens = output,
            Warmups = 2
        };
        var runs = Directory.CreateTempSubdirectory("memwall-adaptive-").FullName;
        try
        {
            var adaptive = await SweepAsync("adaptive", plan with { Crossover = new CrossoverPlan() }, runs);
            var repetitions = (2 * adaptive.Trials + contexts - 1) / contexts;
            var grid = await SweepAsync(
                string.Create(CultureInfo.InvariantCulture, $"grid of {contexts} × {repetitions}"),
                plan with
                {
                    Contexts = [
                    .. Enumerable.Range(0, contexts).Select(i => new TokenCount((int)Math.Round(range[0] * Math.Pow(factor, i))))],
                    Repetitions = repetitions
                }, runs);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"adaptive / grid: {(double)adaptive.Trials / grid.Trials:0.00} of the trials, {adaptive.Seconds / grid.Seconds:0.00} of "
                + $"the time, crossover {adaptive.Tokens / grid.Tokens:0.00} of the grid's"));
            Console.WriteLine((adaptive.Off, grid.Off) switch
            {
                ( <= Wanted, null or > Wanted) => "verdict: met, the grid that knows it to 5% has more than twice the trials",
                ( <= Wanted, _) => "verdict: open, the grid knows it to 5% too: fewer of its trials may do",
                _ => "verdict: not met, the adaptive sweep does not know it to 5%",
            });
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }

    private static async Task<(int Trials, double Seconds, double? Tokens, double? Off)> SweepAsync(string name, SweepPlan plan,
        string runs)
    {
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = runs, TelemetryInterval = null },
            new SilentObserver(), CancellationToken.None);
        var run = new RunStore(runs).Read(result.RunId ?? throw new InvalidOperationException(string.Join("; ", result.Findings)),
            withMarks: false);
        var crossover = RunReport.Create(run).Crossovers[0];
        var seconds = run.Trials.Sum(trial => (trial.Client.Load?.TotalSeconds ?? 0) + (trial.Client.TimeToEnd?.TotalSeconds ?? 0));
        var off = crossover.Estimate?.RelativeHalfWidth;
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
                $"{name}: {run.Trials.Count} trials, {seconds:0.0} s, known to {off:0.0%}; "
                + $"{MemoryWall.Reporting.Phrases.CrossoverPhrases.Format(crossover)}"));
        return (run.Trials.Count, seconds, crossover.ContextTokens, off);
    }
}
