using System.Globalization;
using MemoryWall.Analysis;
using MemoryWall.Facts;
using MemoryWall.Store;
using MemoryWall.Sweeps;
using MemoryWall.Units;

namespace MemoryWall.Benchmarks;

/// <summary>
/// The crossover of the embedded server found twice, by an adaptive sweep between two contexts and by a grid over the same range, with the trials and the time that each took. The grid's size is that which
/// sweeps of scripted systems with the same scatter need to be as good (CrossoverScheduleTests). Options: preset (default nano), smallest and largest context (default 256,8192), contexts of the grid (default 8), its
/// repetitions (default 8).
/// </summary>
internal static class AdaptiveBenchmark
{
    public static async Task RunAsync(string[] args)
    {
        var preset = args.Length > 0 ? args[0] : "nano";
        var range = args.Length > 1 ? args[1].Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray() : [256, 8192];
        var contexts = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 8;
        var repetitions = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 8;
        var factor = Math.Pow((double)range[1] / range[0], 1.0 / (contexts - 1));
        var plan = new SweepPlan { Target = $"embedded:{preset}", Contexts = [new TokenCount(range[0]), new TokenCount(range[1])], OutputTokens = 64, Warmups = 2 };
        var grid = plan with { Contexts = [.. Enumerable.Range(0, contexts).Select(i => new TokenCount((int)Math.Round(range[0] * Math.Pow(factor, i))))], Repetitions = repetitions };
        var runs = Directory.CreateTempSubdirectory("memwall-adaptive-").FullName;
        try
        {
            var adaptive = await SweepAsync("adaptive", plan with { Crossover = new CrossoverPlan() }, runs);
            var fixedGrid = await SweepAsync(string.Create(CultureInfo.InvariantCulture, $"grid of {contexts} × {repetitions}"), grid, runs);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"adaptive / grid: {(double)adaptive.Trials / fixedGrid.Trials:0.00} of the trials, {adaptive.Seconds / fixedGrid.Seconds:0.00} of the time, crossover {adaptive.Tokens / fixedGrid.Tokens:0.00} of the grid's"));
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }

    private static async Task<(int Trials, double Seconds, double? Tokens)> SweepAsync(string name, SweepPlan plan, string runs)
    {
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = runs, TelemetryInterval = null }, new SilentObserver(), CancellationToken.None);
        var run = new RunStore(runs).Read(result.RunId ?? throw new InvalidOperationException(string.Join("; ", result.Findings)), withMarks: false);
        var crossover = RunAnalysis.Of(run).Crossovers[0];
        var seconds = run.Trials.Sum(trial => (trial.Client.Load?.TotalSeconds ?? 0) + (trial.Client.EndedAfter?.TotalSeconds ?? 0));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {run.Trials.Count} trials, {seconds:0.0} s; {crossover.Sentence}"));
        return (run.Trials.Count, seconds, crossover.ContextTokens);
    }
}
