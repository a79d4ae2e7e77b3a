using System.Diagnostics;
using System.Globalization;
using MemoryWall.Analysis.Review;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Machine.Sampling;
using MemoryWall.Runs;
using MemoryWall.Statistics;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Live;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Benchmarks;

/// <summary>
/// The cost of live views for the process that measures. Compares sweeps that a live view observes with sweeps without an observer, in
/// interleaved pairs whose order alternates: the ratio of the rates, and the CPU time of this process, with the 95% interval of their
/// median; as noise the same of neighbours without an observer. Then prints the cost of one update. Options: pairs (default 8), context
/// (default 2048), repetitions (default 4).
/// </summary>
internal static class LiveBenchmark
{
    private const int Updates = 2000;

    public static async Task RunAsync(string[] args)
    {
        var pairs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 8;
        var plan = new SweepPlan
        {
            Target = "embedded:nano",
            Contexts = [new TokenCount(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 2048)],
            OutputTokens = 128,
            Repetitions = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 4,
        };
        var runs = Directory.CreateTempSubdirectory("memwall-live-").FullName;
        try
        {
            await MeasureAsync(plan, runs, isObserved: false);
            var (observed, unobserved) = (new List<Cost>(), new List<(Cost First, Cost Second)>());
            for (var pair = 0; pair < pairs; pair++)
            {
                if (pair % 2 == 0)
                    observed.Add(await MeasureAsync(plan, runs, isObserved: true));
                unobserved.Add((await MeasureAsync(plan, runs, isObserved: false), await MeasureAsync(plan, runs, isObserved: false)));
                if (pair % 2 == 1)
                    observed.Add(await MeasureAsync(plan, runs, isObserved: true));
            }
            // The neighbour in time is the sweep before or after.
            var beside = unobserved.Select((pair, index) => index % 2 == 0 ? pair.First : pair.Second).ToList();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{pairs} pairs, {plan.Contexts[0]} tokens"));
            Print("observed over unobserved", observed, beside);
            Print("unobserved over unobserved (noise)", [.. unobserved.Select(pair => pair.First)],
                [.. unobserved.Select(pair => pair.Second)]);
            MeasureUpdate(runs);
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }

    private static async Task<Cost> MeasureAsync(SweepPlan plan, string runs, bool isObserved)
    {
        var lease = new ObserverLease(runs);
        using var stop = new CancellationTokenSource();
        var observing = isObserved ? ObserveAsync(lease, stop.Token) : Task.CompletedTask;
        var observer = new CpuObserver();
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = runs }, observer, CancellationToken.None);
        await stop.CancelAsync();
        await observing;
        lease.Release();
        var trials = TrialReview.Review(new RunStore(runs).Read(result.RunId!)).Where(view => view.Trial.Repetition > 0).ToList();
        return new Cost(Quantiles.Median(trials.Select(view => view.PrefillRate?.PerSecond ?? double.NaN).ToList()),
            Quantiles.Median(trials.Select(view => view.GenerationRate?.PerSecond ?? double.NaN).ToList()), observer.Share);
    }

    private static async Task ObserveAsync(ObserverLease lease, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            lease.Renew();
            await Task.Delay(ObserverLease.RenewalInterval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void MeasureUpdate(string runs)
    {
        var clock = RunClock.Start();
        using var sampler = MachineSampler.Start(clock, new SamplerOptions { Interval = TimeSpan.FromMilliseconds(10) });
        var tracker = new LiveTracker(clock);
        tracker.RunStarted(new RunStore(runs).List()[0].Manifest!, runs, []);
        tracker.SamplerStarted(sampler);
        tracker.StepStarted(new SweepStep(2048, 1, 1), 1);
        SpinWait.SpinUntil(() => sampler.Statistics.Samples > 200);
        using var file = LiveFeedFile.Create(runs);
        file.Write(tracker.Read()!);
        // The last rows stay readable, and its own CPU time is not that of the updates.
        sampler.Dispose();
        using var process = Process.GetCurrentProcess();
        var before = process.TotalProcessorTime;
        for (var i = 0; i < Updates; i++)
            file.Write(tracker.Read()!);
        process.Refresh();
        var seconds = (process.TotalProcessorTime - before).TotalSeconds / Updates;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"an update takes {seconds * 1e6:0} µs of CPU time, "
            + $"{100 * seconds / LivePublisher.UpdateInterval.TotalSeconds:0.00}% of one core while a live view observes"));
    }

    private static void Print(string name, IReadOnlyList<Cost> first, IReadOnlyList<Cost> second)
    {
        Console.WriteLine($"{name}: prefill rate {Ratio(first, second, cost => cost.PrefillTps)}, generation rate "
            + Ratio(first, second, cost => cost.GenerationTps));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  CPU time of this process: {100 * Median(first):0.00}% and {100 * Median(second):0.00}% of one core, difference "
            + $"{100 * Quantiles.Median([.. first.Zip(second, (one, other) => one.CpuShare - other.CpuShare)]):0.00}%"));
    }

    private static double Median(IReadOnlyList<Cost> costs) => Quantiles.Median([.. costs.Select(cost => cost.CpuShare)]);

    private static string Ratio(IReadOnlyList<Cost> first, IReadOnlyList<Cost> second, Func<Cost, double> value)
    {
        var ratio = RatioEstimator.EstimatePaired([.. second.Select(value)], [.. first.Select(value)], 0.95);
        return string.Create(CultureInfo.InvariantCulture,
            $"{ratio.Value:0.000} ({ratio.Interval?.Low:0.000} to {ratio.Interval?.High:0.000})");
    }

    /// <summary>CPU time of this process from the first step, when everything is prepared, to the last trial.</summary>
    private sealed class CpuObserver : ISweepObserver
    {
        private TimeSpan? _cpuBefore;
        private long _startedAt;

        /// <summary>The share of one core.</summary>
        public double Share { get; private set; }

        public void Preparing(string message)
        {
        }

        public void RunStarted(RunManifest manifest, string directory, IReadOnlyList<SweepStep> steps)
        {
        }

        public void SamplerStarted(Sampler sampler)
        {
        }

        public void StepStarted(SweepStep step, int stepNumber)
        {
            if (step.IsWarmup || _cpuBefore is not null)
                return;
            (_cpuBefore, _startedAt) = (ReadCpu(), Stopwatch.GetTimestamp());
        }

        public void PhaseStarted(Phase phase)
        {
        }

        public void MarkReceived(StreamMark mark)
        {
        }

        public void TrialEnded(Trial trial)
        {
            if (_cpuBefore is { } before)
                Share = (ReadCpu() - before).TotalSeconds / Stopwatch.GetElapsedTime(_startedAt).TotalSeconds;
        }

        public void EventLogged(RunEvent runEvent)
        {
        }

        private static TimeSpan ReadCpu()
        {
            using var process = Process.GetCurrentProcess();
            return process.TotalProcessorTime;
        }
    }

    private sealed record Cost(double PrefillTps, double GenerationTps, double CpuShare);
}
