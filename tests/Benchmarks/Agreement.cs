using System.Diagnostics;
using System.Globalization;
using MemoryWall.Embedded;
using MemoryWall.Facts;
using MemoryWall.Prompts;
using MemoryWall.Targets;
using MemoryWall.Targets.Ollama;
using MemoryWall.Telemetry;
using MemoryWall.Time;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Rates as the engine measures them, through server, HTTP and client, against a bare llama.cpp loop on the same file with the same threads and
/// batch. The two take turns, so that the machine's moods fall on both; the figure is the median of the ratios of neighbours.
/// Options: rounds (default 7), preset (default nano).
/// </summary>
internal static class Agreement
{
    private const int Output = 64;
    private const int Batch = 512;
    private static readonly int[] s_contexts = [2048, 8192];

    public static async Task RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 7;
        var spec = SyntheticSpec.Parse(args.Length > 1 ? args[1] : "nano");
        var path = await SyntheticModels.EnsureAsync(spec);
        var threads = MachineReader.Read().AvailableCores ?? Environment.ProcessorCount;
        Console.WriteLine($"{spec.Name}, {threads} threads, batches of {Batch}, {Output} output tokens, {rounds} rounds: engine / plain loop");
        var clock = RunClock.Start();
        await using var server = await EmbeddedServer.StartAsync(new EmbeddedServerOptions { ModelPath = path, ModelName = spec.Name }, CancellationToken.None);
        await using var target = EmbeddedClient.Of(server, spec.Name, new TargetOptions { BatchTokens = Batch, Threads = threads }, clock);
        await target.ProbeAsync(CancellationToken.None);
        var prompts = await PromptFactory.CreateAsync(await target.VocabularyAsync(CancellationToken.None), null, new PromptSettings(), CancellationToken.None);
        foreach (var context in s_contexts)
            await CompareAsync(target, prompts, path, context, threads, rounds);
    }

    private static async Task CompareAsync(OllamaTarget target, PromptFactory prompts, string path, int context, int threads, int rounds)
    {
        using var plain = StartPlain(path, context, threads);
        await target.LoadAsync(context + Output + 16, CancellationToken.None);
        var (prefill, generation, client) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            var engineFirst = round % 2 == 0;
            InferenceReport? report = null;
            if (engineFirst)
                report = await EngineAsync(target, prompts, context, round + 2);
            await plain.StandardInput.WriteLineAsync("go");
            var times = (await plain.StandardOutput.ReadLineAsync())!.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            report ??= await EngineAsync(target, prompts, context, round + 2);
            // The first round warms both.
            if (round < 0)
                continue;
            prefill.Add(times[0] / report.Server.Prefill!.Value.TotalSeconds);
            generation.Add(times[1] / report.Server.Generation!.Value.TotalSeconds);
            client.Add((report.Client.LastTokenAfter - report.Client.FirstTokenAfter)!.Value.TotalSeconds / report.Server.Generation!.Value.TotalSeconds);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{context,6} tokens: prefill rate {Median(prefill):0.000} ({prefill.Min():0.000} to {prefill.Max():0.000}), generation rate {Median(generation):0.000} ({generation.Min():0.000} to {generation.Max():0.000}), generation time client / server {Median(client):0.000}"));
        plain.StandardInput.Close();
        await plain.WaitForExitAsync();
    }

    private static async Task<InferenceReport> EngineAsync(OllamaTarget target, PromptFactory prompts, int context, int variant)
    {
        var prompt = (await prompts.BuildAsync(context, variant)).Prompt!;
        var report = await target.InferAsync(new InferenceRequest(prompt, context + Output + 16, Output, new PhaseLimits()), null, CancellationToken.None);
        return report.Outcome.IsCompleted && report.CountedPromptTokens == context ? report : throw new InvalidOperationException($"the engine's trial failed: {report.Outcome}");
    }

    private static Process StartPlain(string path, int context, int threads)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(Agreement).Assembly.Location);
        foreach (var argument in new[] { "plain-loop", path, $"{context}", $"{Output}", $"{threads}", $"{Batch}" })
            start.ArgumentList.Add(argument);
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";
        return Process.Start(start)!;
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
