using System.Runtime.InteropServices;
using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Machine;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Sampling;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Synthetic;
using MemoryWall.Runs;
using MemoryWall.Statistics;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.Engine.Tests.Sweeps;

/// <summary>One real sweep of the embedded server with telemetry. Its contexts are far apart; its shortest phases are shorter than three
/// samples at 10 Hz.</summary>
public sealed class EmbeddedSweep : IAsyncLifetime
{
    private readonly string _runs = Directory.CreateTempSubdirectory("memwall-embedded-").FullName;

    public Run Run { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Run = await MeasureAsync();

    /// <summary>Measures once more.</summary>
    public async Task<Run> MeasureAsync()
    {
        var plan = new SweepPlan
        {
            Target = "embedded",
            Contexts = [new TokenCount(256), new TokenCount(2048), new TokenCount(8192)],
            OutputTokens = 24,
            Order = TrialOrder.Ascending,
        };
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = _runs }, new SilentObserver(),
            CancellationToken.None);
        Assert.True(result.RunId is not null, string.Join("; ", result.Findings));
        return new RunStore(_runs).Read(result.RunId!);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_runs, recursive: true);
        return ValueTask.CompletedTask;
    }
}

/// <summary>What a run's telemetry shows of a real sweep.</summary>
public sealed partial class EmbeddedTelemetryTests(EmbeddedSweep sweep, ITestOutputHelper output) : IClassFixture<EmbeddedSweep>
{
    private const int DontNeed = 4;

    [LongFact]
    public void Prefill_IsAPlateauOfCpu()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        var trial = sweep.Run.Trials[^1];
        var timeline = Assert.Single(sweep.Run.Telemetry);
        var prefill = Assert.Single(PhaseWindow.FromTrial(trial), window => window.Phase == Phase.Prefill);
        var quarters = Enumerable.Range(0, 4)
            .Select(i => Cores(timeline, prefill.From.Plus(prefill.Length * i / 4), prefill.From.Plus(prefill.Length * (i + 1) / 4)))
            .ToList();
        output.WriteLine(
            FormattableString.Invariant(
                $"prefill of {trial.ContextTokens} tokens, {prefill.Length.TotalSeconds:0.00} s: ")
            + string.Join(", ", quarters.Select(cores => FormattableString.Invariant($"{cores:0.00}"))) + " cores");

        // Before its first load the server is almost idle. On a busy machine it gets fewer cores, in one quarter perhaps none, but prefill
        // is not a single peak.
        var idle = Cores(timeline, timeline.Samples[0].At, sweep.Run.Trials[0].Client.LoadStarted!.Value) ?? 0;
        var usual = Quantiles.Median(quarters.Select(cores => cores ?? 0));
        Assert.True(usual > 0.25 * quarters.Max() && usual > idle, $"{usual} cores of {quarters.Max()}, {idle} before");
    }

    [LongFact]
    public void ServersMemory_GrowsAsForecast()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        var shape = sweep.Run.Manifest.Target.Shape!;
        var timeline = Assert.Single(sweep.Run.Telemetry);
        var (small, large) = (sweep.Run.Trials[^2], sweep.Run.Trials[^1]);
        long Forecast(Trial trial) =>
            MemoryForecast.Compute(shape, ForecastSettings.ForEmbedded(sweep.Run.Manifest.Plan.Options, shape),
                (trial.WindowTokens!.Value + 255) / 256 * 256).AnonymousBytes!.Value;
        double Measured(Trial trial)
        {
            var window = PhaseWindow.FromTrial(trial).Single(window => window.Phase == Phase.Generation);
            var memory = PhaseTelemetry.Join(timeline, window).Gauge("server_rss_anon_bytes");
            Assert.SkipWhen(memory is null && Missed(timeline, window) > 0, "a busy machine kept the sampler from running in this phase");
            return memory!.Mean;
        }

        var (forecast, measured) = (Forecast(large) - Forecast(small), Measured(large) - Measured(small));

        output.WriteLine(
            FormattableString.Invariant(
                $"from {small.ContextTokens} to {large.ContextTokens} tokens: {measured / ByteSize.MiB:0.0} MiB more, ")
            + FormattableString.Invariant($"forecast {(double)forecast / ByteSize.MiB:0.0} MiB"));
        // The server's managed heap varies by some MiB, and the mask of a batch is stored in f32 too; the benchmark 'evidence' measures
        // larger contexts.
        Assert.InRange(measured, forecast * 0.9 - 8 * ByteSize.MiB, forecast * 1.1 + 8 * ByteSize.MiB);
    }

    [LongFact]
    public async Task ShortPhases_HaveSamplesEnoughForAVerdict()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "bursts need a precise timer");
        var sparse = FindSparsePhases(sweep.Run);
        // A burst begins when the client sees that the phase has begun, which other processes may delay for a whole phase, but not each
        // time.
        for (var again = 0; sparse.Count > 0 && again < 3; again++)
            sparse = FindSparsePhases(await sweep.MeasureAsync());
        Assert.Empty(sparse);

        // A burst is bounded: most of a long phase is sampled at the usual rate.
        var timeline = Assert.Single(sweep.Run.Telemetry);
        var interval = timeline.Schema.IndexOf("sampler_interval_seconds")!.Value;
        Assert.Equal([0.01, 0.1], timeline.Samples.Select(sample => sample[interval]!.Value).Distinct().Order());
    }

    private List<string> FindSparsePhases(Run run)
    {
        var timeline = Assert.Single(run.Telemetry);
        var sparse = new List<string>();
        foreach (var window in run.Trials.SelectMany(PhaseWindow.FromTrial)
            .Where(window => window.Phase is Phase.Prefill or Phase.Generation))
        {
            var phase = PhaseTelemetry.Join(timeline, window);
            var found = FormattableString.Invariant(
                $"{window.Phase}: {window.Length.TotalMilliseconds:0} ms, {phase.Samples} samples, coverage {phase.Coverage:0.00}");
            output.WriteLine(found);
            // Where other processes keep the sampler from running, its samples are missed; each missed sample is counted.
            if (window.Length > TimeSpan.FromMilliseconds(100)
                && phase.Samples + Missed(timeline, window) < ReviewRules.Default.Phases.MinSamples)
                sparse.Add(found);
        }
        return sparse;
    }

    [LongFact]
    public void Stamps_OfSamplesAndTokens_AreOnOneClock()
    {
        var timeline = Assert.Single(sweep.Run.Telemetry);
        var spread = timeline.Schema.IndexOf("sampler_read_seconds")!.Value;
        var spreads = timeline.Samples.Select(sample => sample[spread]!.Value).Order().ToList();
        output.WriteLine(
            FormattableString.Invariant(
                $"from a row's stamp to its last reading: median {spreads[spreads.Count / 2] * 1e3:0.000} ms, ")
            + FormattableString.Invariant($"p99 {spreads[(int)(spreads.Count * 0.99)] * 1e3:0.000} ms"));

        // The error of a row's alignment is the time that reading it took.
        Assert.True(spreads[spreads.Count / 2] < 0.002);
        var marks = sweep.Run.Marks.SelectMany(entry => entry.Value).ToList();
        // The last row can be one interval before the last token.
        Assert.All(marks,
            mark => Assert.InRange(mark.Arrived.Seconds, timeline.Samples[0].At.Seconds, timeline.Samples[^1].At.Seconds + 1));
    }

    [LongFact]
    public async Task ColdModel_IsReadFromItsDisk()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "drops a file from the page cache");
        var stop = TestContext.Current.CancellationToken;
        var source = await SyntheticModelCache.EnsureAsync(SyntheticSpec.Nano, cancellation: stop);
        var folder = Directory.CreateTempSubdirectory("memwall-cold-").FullName;
        try
        {
            // A copy that no other process maps: pages in use are never dropped.
            var path = Path.Combine(folder, "cold.gguf");
            File.Copy(source, path);
            Assert.Equal(0, Drop(path));
            var devices = LinuxProbes.FindBlockDevices(LinuxRoot.Machine, path);
            Assert.SkipUnless(devices.ContainsKey("model"), "the temporary folder is not on a block device");
            var clock = RunClock.Start();
            var samples = new List<TelemetrySample>();
            using var sampler = MachineSampler.Start(clock, new SamplerOptions { ModelPath = path }, samples.AddRange);
            var from = clock.Now;
            await WaitForAsync(sampler, 3);
            await using (var server = await EmbeddedServer.StartAsync(new EmbeddedServerOptions { ModelPath = path, ModelName = "cold" },
                stop))
            {
                Assert.Null(sampler.WatchProcess(server.ProcessId));
                using var http = new HttpClient
                {
                    BaseAddress = server.Endpoint,
                    DefaultRequestHeaders = { Authorization = new("Bearer", server.Secret) }
                };
                using var loaded = await http.PostAsync("/api/generate",
                    new StringContent(
                        """
                        {"model":"cold","prompt":"a b c","stream":false,"options":{"num_ctx":256,"num_predict":2,"load_mode":"no_mmap"}}
                        """), stop);
                Assert.True(loaded.IsSuccessStatusCode, await loaded.Content.ReadAsStringAsync(stop));
                await WaitForAsync(sampler, 3);
            }
            sampler.Dispose();
            var phase = PhaseTelemetry.Join(new TelemetryTimeline { Schema = sampler.Schema, Samples = samples },
                new PhaseWindow(Phase.Load, from, clock.Now, true));
            var read = phase.Counter($"disk_{devices["model"]}_read_bytes_total")!.Delta;
            var size = new FileInfo(path).Length;
            output.WriteLine(FormattableString.Invariant($"model of {size} bytes: {read} bytes read from {devices["model"]}"));

            // Loaded and not mapped, so that all of it is read. Other processes may read from the disk too, so only the lower bound is
            // certain.
            Assert.True(read >= 0.95 * size, $"{read} of {size} bytes");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Missed(TelemetryTimeline timeline, PhaseWindow window)
    {
        var missed = timeline.Schema.IndexOf("sampler_missed_total")!.Value;
        var before = timeline.Samples.Last(sample => sample.At.CompareTo(window.From) < 0);
        var after = timeline.Samples.FirstOrDefault(sample => sample.At.CompareTo(window.To) > 0) ?? timeline.Samples[^1];
        return after[missed]!.Value - before[missed]!.Value;
    }

    private static double? Cores(TelemetryTimeline timeline, Instant from, Instant to)
    {
        var phase = PhaseTelemetry.Join(timeline, new PhaseWindow(Phase.Prefill, from, to, true));
        return phase.Rate("server_cpu_user_seconds_total") + phase.Rate("server_cpu_system_seconds_total");
    }

    private static async Task WaitForAsync(Sampler sampler, int samples)
    {
        var seen = sampler.Statistics.Samples;
        while (sampler.Statistics.Samples < seen + samples)
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    private static int Drop(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
        return Advise((int)file.SafeFileHandle.DangerousGetHandle(), 0, 0, DontNeed);
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(int descriptor, long offset, long length, int advice);
}
