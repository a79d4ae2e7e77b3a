using System.Globalization;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Machine;
using MemoryWall.Machine.Sampling;
using MemoryWall.Models.Synthetic;
using MemoryWall.Prompts;
using MemoryWall.Statistics;
using MemoryWall.Targets;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Compares inference with and without the sampler, in interleaved pairs whose order alternates. Prints the ratio of the rates and, as
/// noise, the ratio of neighbours that both ran without it, each with the 95% interval of its median. Then prints the CPU use of the
/// sampling thread and what the last timeline shows of the two phases. Options: pairs (default 12), hertz (default 10), context (default
/// 4096).
/// </summary>
internal static class SamplerInferenceBenchmark
{
    // Long enough for many samples at 10 Hz.
    private const int Output = 256;

    public static async Task RunAsync(string[] args)
    {
        var pairs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 12;
        var hertz = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 10;
        var context = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 4096;
        var machine = MachineReader.Read();
        var spec = SyntheticSpec.Parse("nano");
        var path = await SyntheticModelCache.EnsureAsync(spec);
        var clock = RunClock.Start();
        await using var server = await EmbeddedServer.StartAsync(new EmbeddedServerOptions { ModelPath = path, ModelName = spec.Name },
            CancellationToken.None);
        await using var target = EmbeddedClient.Create(server, spec.Name, new TargetOptions { Threads = machine.AvailableCores }, clock);
        await target.ProbeAsync(CancellationToken.None);
        var prompts = await PromptFactory.CreateAsync(await target.GetVocabularyAsync(CancellationToken.None), null, new PromptSettings(),
            CancellationToken.None);
        await target.LoadAsync(context + Output + 16, CancellationToken.None);
        await InferAsync(target, prompts, context, 0);
        var subject = new Subject(target, prompts, clock, server.ProcessId, path);

        var (prefill, generation) = (new List<double>(), new List<double>());
        var (prefillNoise, generationNoise) = (new List<double>(), new List<double>());
        var timeline = new TelemetryTimeline { Schema = new TelemetrySchema { Columns = [] }, Samples = [] };
        InferenceReport? watched = null;
        var used = new List<double>();
        for (var pair = 0; pair < pairs; pair++)
        {
            InferenceReport? on = null;
            if (pair % 2 == 0)
                (on, timeline) = await WatchedAsync(subject, context, pair, hertz);
            var off = await InferAsync(target, prompts, context, 1000 + pair);
            var again = await InferAsync(target, prompts, context, 2000 + pair);
            if (on is null)
                (on, timeline) = await WatchedAsync(subject, context, pair, hertz);
            // The neighbour in time is the run before or after.
            var beside = pair % 2 == 0 ? off : again;
            used.Add(SamplerUse(timeline));
            prefill.Add(beside.Server.Prefill!.Value / on.Server.Prefill!.Value);
            generation.Add(beside.Server.Generation!.Value / on.Server.Generation!.Value);
            prefillNoise.Add(off.Server.Prefill!.Value / again.Server.Prefill!.Value);
            generationNoise.Add(off.Server.Generation!.Value / again.Server.Generation!.Value);
            watched = on;
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{hertz} Hz, {context} tokens, {pairs} pairs, rate with the sampler over without: prefill {Shown(prefill)}, generation "
            + $"{Shown(generation)}; without over without (noise): prefill {Shown(prefillNoise)}, generation {Shown(generationNoise)}"));
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
                $"the sampling thread used {100 * used.Order().ElementAt(used.Count / 2):0.00}% of one core (median; "
                + $"{100 * used.Min():0.00}% to {100 * used.Max():0.00}%)"));
        Report(timeline, watched!, machine);
    }

    private static double SamplerUse(TelemetryTimeline timeline)
    {
        var cpu = timeline.Schema.IndexOf("sampler_cpu_seconds_total")!.Value;
        var (first, last) = (timeline.Samples[0], timeline.Samples[^1]);
        return (last[cpu]!.Value - first[cpu]!.Value) / last.At.Since(first.At).TotalSeconds;
    }

    private static void Report(TelemetryTimeline timeline, InferenceReport report, MachineFacts machine)
    {
        var trial = new Trial
        {
            Number = 1,
            ContextTokens = 0,
            Repetition = 1,
            OutputTokensAsked = Output,
            Outcome = report.Outcome,
            Client = report.Client,
            Server = report.Server
        };
        foreach (var window in PhaseWindow.FromTrial(trial))
        {
            var phase = PhaseTelemetry.Join(timeline, window);
            var cores = phase.Rate("server_cpu_user_seconds_total") + phase.Rate("server_cpu_system_seconds_total");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{window.Phase}: {window.Length.TotalSeconds:0.00} s, {phase.Samples} samples, coverage {phase.Coverage:0.00}; server on "
                + $"{cores:0.00} cores, {phase.Gauge("server_rss_anon_bytes")?.Mean / (1 << 20):0} MiB anonymous"));
            foreach (var verdict in PhaseVerdicts.Evaluate(phase, machine))
                Console.WriteLine($"  {MemoryWall.Reporting.Phrases.PhasePhrases.FormatWithEvidence(verdict)}");
        }
    }

    private static async Task<(InferenceReport Report, TelemetryTimeline Timeline)> WatchedAsync(
        Subject subject, int context, int variant, int hertz)
    {
        var samples = new List<TelemetrySample>();
        using var sampler = MachineSampler.Start(subject.Clock,
            new SamplerOptions { Interval = TimeSpan.FromSeconds(1.0 / hertz), ModelPath = subject.ModelPath },
            samples.AddRange);
        _ = sampler.WatchProcess(subject.ProcessId);
        // In a sweep the sampler starts once, long before the first trial, so its start is not part of the comparison.
        while (sampler.Statistics.Samples < 5)
            await Task.Delay(50);
        var report = await InferAsync(subject.Target, subject.Prompts, context, variant + 1);
        sampler.Dispose();
        return (report, new TelemetryTimeline { Schema = sampler.Schema, Samples = samples });
    }

    private static async Task<InferenceReport> InferAsync(EmbeddedTarget target, PromptFactory prompts, int context, int variant)
    {
        var prompt = (await prompts.BuildAsync(context, variant)).Prompt!;
        var report = await target.InferAsync(new InferenceRequest(prompt, context + Output + 16, Output, new PhaseLimits()), null,
            CancellationToken.None);
        return report.Outcome.IsCompleted ? report : throw new InvalidOperationException($"the trial failed: {report.Outcome}");
    }

    /// <summary>What both sides of a pair share: the server under test, its prompts and the clock of its stamps.</summary>
    private sealed record Subject(EmbeddedTarget Target, PromptFactory Prompts, RunClock Clock, int ProcessId, string ModelPath);

    private static string Shown(List<double> ratios)
    {
        var middle = RatioEstimator.EstimatePaired([.. ratios.Select(_ => 1.0)], ratios, 0.95);
        return string.Create(CultureInfo.InvariantCulture,
            $"{middle.Value:0.000} ({middle.Interval?.Low:0.000} to {middle.Interval?.High:0.000})");
    }
}
