using System.Globalization;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Engine.Tests.Sweeps;
using MemoryWall.Machine.Linux;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Synthetic;
using MemoryWall.Runs;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Prints figures from the telemetry of a real embedded sweep: CPU use in prefill and before it, the server's memory compared with the
/// forecast as the context grows (least squares), samples in each phase, the alignment of rows, and the bytes read from the model's disk up
/// to the end of the first trial. That is the whole model, because it is dropped from the page cache before (Linux). Options: contexts
/// (default 2k,8k,16k,32k), target (default embedded:nano).
/// </summary>
internal static class EvidenceBenchmark
{
    public static async Task RunAsync(string[] args)
    {
        var contexts = ContextList.Parse(args.Length > 0 ? args[0] : "2k,8k,16k,32k");
        var runs = Directory.CreateTempSubdirectory("memwall-evidence-").FullName;
        try
        {
            var target = args.Length > 1 ? args[1] : "embedded:nano";
            if (OperatingSystem.IsLinux())
                PageCache.Drop(await SyntheticModelCache.EnsureAsync(SyntheticSpec.Parse(target.Split(':', 2)[1])));
            var plan = new SweepPlan { Target = target, Contexts = contexts, OutputTokens = 32, Order = TrialOrder.Ascending };
            var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = runs }, new SilentObserver(),
                CancellationToken.None);
            if (result.RunId is null)
                throw new InvalidOperationException(string.Join("; ", result.Findings));
            Report(new RunStore(runs).Read(result.RunId));
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }

    private static void Report(Run run)
    {
        var timeline = run.Telemetry.Single();
        var idle = Cores(
            PhaseTelemetry.Join(timeline,
                new PhaseWindow(Phase.Queue, timeline.Samples[0].At, run.Trials[0].Client.LoadStarted!.Value, true)));
        Print($"before the first load: server on {idle:0.00} cores");
        var points = new List<(double Tokens, double Measured, double Forecast)>();
        foreach (var trial in run.Trials.Where(trial => trial.Outcome.IsCompleted && !trial.Flags.HasFlag(TrialFlags.Warmup)))
        {
            foreach (var window in PhaseWindow.FromTrial(trial).Where(window => window.Phase is Phase.Prefill or Phase.Generation))
            {
                var phase = PhaseTelemetry.Join(timeline, window);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{trial.ContextTokens,7:#,0} {window.Phase,-10} {window.Length.TotalSeconds,7:0.00} s, {phase.Samples,4} samples: "
                    + $"server on {Cores(phase):0.00} cores, "
                    + $"{phase.Gauge("server_rss_anon_bytes")?.Mean / ByteSize.MiB:0.0} MiB anonymous"));
                if (window.Phase == Phase.Generation && phase.Gauge("server_rss_anon_bytes") is { } anonymous)
                    points.Add(((trial.WindowTokens!.Value + 255) / 256 * 256, anonymous.Mean, Forecast(run, trial)));
            }
        }
        var (measured, forecast) = (Slope(points.Select(p => (p.Tokens, p.Measured))), Slope(points.Select(p => (p.Tokens, p.Forecast))));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"memory: {measured.Slope:0} bytes a cell measured (r² {measured.Fit:0.0000}), {forecast.Slope:0} forecast; "
            + $"ratio {measured.Slope / forecast.Slope:0.000}"));
        var spread = timeline.Schema.IndexOf("sampler_read_seconds")!.Value;
        var spreads = timeline.Samples.Select(sample => sample[spread]!.Value * 1e3).Order().ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"alignment: from a row's stamp to its last reading {spreads[spreads.Count / 2]:0.000} ms at the median, "
            + $"{spreads[(int)(spreads.Count * 0.99)]:0.000} ms at p99, {spreads[^1]:0.000} ms at most, {spreads.Count} rows"));
        Disk(run, timeline);
        if (run.Events.LastOrDefault(e => e.Kind == "sampled") is { } sampled)
            Print($"{sampled.Message}");
    }

    private static void Disk(Run run, TelemetryTimeline timeline)
    {
        if (timeline.Schema.Devices.GetValueOrDefault("model") is not { } device
            || run.Trials[0].Client is not { Sent: { } sent, TimeToEnd: { } ended })
            return;
        var first = PhaseTelemetry.Join(timeline, new PhaseWindow(Phase.Load, timeline.Samples[0].At, sent.Plus(ended), true));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"storage: weights of {run.Manifest.Target.Shape?.WeightBytes / 1e6:0.0} MB; up to the end of the first trial "
            + $"{first.Counter($"disk_{device}_read_bytes_total")?.Delta / 1e6:0.0} MB read from {device}, "
            + $"{first.Counter("server_read_bytes_total")?.Delta / 1e6:0.0} MB for the server"));
    }

    private static double Forecast(Run run, Trial trial) => MemoryForecast.Compute(
        run.Manifest.Target.Shape!, ForecastSettings.ForEmbedded(run.Manifest.Plan.Options, run.Manifest.Target.Shape!),
        (trial.WindowTokens!.Value + 255) / 256 * 256).AnonymousBytes!.Value;

    private static double? Cores(PhaseTelemetry phase) =>
        phase.Rate("server_cpu_user_seconds_total") + phase.Rate("server_cpu_system_seconds_total");

    // Least squares, with the squared correlation.
    private static (double Slope, double Fit) Slope(IEnumerable<(double X, double Y)> points)
    {
        var all = points.ToList();
        var (x, y) = (all.Average(p => p.X), all.Average(p => p.Y));
        var (xx, yy, xy) = (all.Sum(p => (p.X - x) * (p.X - x)), all.Sum(p => (p.Y - y) * (p.Y - y)), all.Sum(p => (p.X - x) * (p.Y - y)));
        return (xy / xx, xy * xy / (xx * yy));
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
