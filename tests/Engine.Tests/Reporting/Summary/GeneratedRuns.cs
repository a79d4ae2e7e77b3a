using MemoryWall.Analysis.Reports;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Analysis;

namespace MemoryWall.Engine.Tests.Reporting.Summary;

/// <summary>Runs with random rates, noise, failures, disturbed trials and one to six repetitions.</summary>
internal sealed class GeneratedRuns(int seed)
{
    private const long Mebi = 1 << 20;
    private static readonly int[] s_contexts = [512, 2048, 8192, 16_384];
    private readonly Random _random = new(seed);

    /// <summary>A context sweep and none to three systems under a limit, the managed one last.</summary>
    public (RunReport Sweep, IReadOnlyList<RunReport> Systems) Create()
    {
        var sweep = RunReport.Create(CreateRun("sweep", system: null, failureShare: 0.1 * _random.Next(3)));
        string[] names = ["standard", "standard-no-swap", "managed"];
        return (sweep, [.. names.TakeLast(_random.Next(names.Length + 1))
            .Select(name => RunReport.Create(CreateRun(name, name, failureShare: 0.2 * _random.Next(4))))]);
    }

    private Run CreateRun(string id, string? system, double failureShare)
    {
        var repetitions = _random.Next(1, 7);
        // A flat, a falling or a rising generation rate, with much or little noise.
        var (slope, noise) = (new[] { 0.0, 0.1, 0.6, -0.2 }[_random.Next(4)], new[] { 0.02, 0.1, 0.5 }[_random.Next(3)]);
        var disturbedShare = new[] { 0.0, 0.3, 1.0 }[_random.Next(3)];
        var trials = new List<Trial>();
        var disturbed = new List<Trial>();
        foreach (var repetition in Enumerable.Range(1, repetitions))
            foreach (var context in s_contexts.OrderBy(_ => _random.Next()))
            {
                var trial = CreateTrial(trials.Count + 1, context, repetition, slope, noise, failureShare);
                trials.Add(trial);
                if (_random.NextDouble() < disturbedShare)
                    disturbed.Add(trial);
            }
        var run = AnalysisSamples.Run(trials, id);
        return run with
        {
            Manifest = run.Manifest with
            {
                Machine = new MachineFacts { OperatingSystem = "Linux", Architecture = "X64", LogicalCores = 2, AvailableCores = 2 },
                Plan = run.Manifest.Plan with
                {
                    System = system,
                    Repetitions = repetitions,
                    Cap = system is null ? null : new CapPlan { Bytes = 400 * Mebi, SwapBytes = 0 },
                },
            },
            Telemetry = [WithOtherPrograms(disturbed)],
        };
    }

    private Trial CreateTrial(int number, int context, int repetition, double slope, double noise, double failureShare)
    {
        double Scatter() => Math.Exp(noise * (_random.NextDouble() - 0.5));
        var generation = Math.Pow(context / 512.0, slope) * Scatter();
        var trial = AnalysisSamples.Server(number, context, context / 4000.0 * Scatter(), generation) with { Repetition = repetition };
        trial = trial with { Client = trial.Client with { Sent = Instant.FromSeconds(number * 100.0) } };
        return _random.NextDouble() >= failureShare * context / 16_384
            ? trial
            : trial with
            {
                Outcome = new OutOfMemory("the kernel killed the server"),
                OutputTokens = null,
                Server = new ServerTimings(),
                Client = new ClientTimings { Sent = trial.Client.Sent, TimeToEnd = TimeSpan.FromSeconds(1) },
            };
    }

    // Ten readings a second in the disturbed trials: other programs used 1.5 of two cores.
    private static TelemetryTimeline WithOtherPrograms(List<Trial> trials)
    {
        (string, double)[] rates = [("host_cpu_busy_seconds_total", 1.6), ("server_cpu_user_seconds_total", 0.1),
            ("server_cpu_system_seconds_total", 0), ("engine_cpu_seconds_total", 0)];
        var shape = Timelines.Create(1, 1, [.. rates.Select(rate => Timelines.Rate(rate.Item1, rate.Item2))]);
        return shape with
        {
            Samples = [.. trials.OrderBy(trial => trial.Number)
                .SelectMany(trial => Enumerable.Range(0, 10 * (int)Math.Ceiling(trial.Client.TimeToEnd!.Value.TotalSeconds))
                .Select(tick => new TelemetrySample(trial.Client.Sent!.Value.Plus(TimeSpan.FromSeconds(tick / 10.0)),
                    [.. rates.Select(rate => (double?)(rate.Item2 * (trial.Number * 100 + tick / 10.0))), 1])))],
        };
    }
}
