using System.Diagnostics;
using System.Globalization;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Machine;
using MemoryWall.Models.Synthetic;
using MemoryWall.Prompts;
using MemoryWall.Protocol;
using MemoryWall.Targets;
using MemoryWall.Targets.Embedded;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Compares the rates that the engine measures, through server, HTTP and client, with a bare llama.cpp loop on the same file with the same
/// threads and batch. The two alternate, so that slow moments of the machine affect both. Both are started several times, because the
/// addresses of a process's buffers make it a few percent faster or slower for its whole life. The figure is the median of the ratios of
/// neighbours. Options: rounds of each start (default 5), preset (default nano), contexts (default 2048,8192), starts (default 5).
/// </summary>
internal static class Agreement
{
    private const int Output = 64;
    private const int Batch = 512;

    public static async Task RunAsync(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var spec = SyntheticSpec.Parse(args.Length > 1 ? args[1] : "nano");
        var contexts = args.Length > 2 ? args[2].Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture)) : [2048, 8192];
        var starts = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 5;
        var path = await SyntheticModelCache.EnsureAsync(spec);
        var threads = MachineReader.Read().AvailableCores ?? Environment.ProcessorCount;
        Console.WriteLine(
            $"{spec.Name}, {threads} threads, batches of {Batch}, {Output} output tokens, {starts} starts of {rounds} rounds: engine / "
            + $"plain loop");
        foreach (var context in contexts)
        {
            var ratios = new List<(double Prefill, double Generation)>();
            for (var start = 0; start < starts; start++)
                await CompareAsync(spec.Name, path, context, threads, rounds, ratios);
            Console.WriteLine(
                $"{context,6} tokens: prefill rate {Describe(ratios.Select(ratio => ratio.Prefill))}, generation rate "
                + $"{Describe(ratios.Select(ratio => ratio.Generation))}");
        }
    }

    private static async Task CompareAsync(string model, string path, int context, int threads, int rounds, List<(double, double)> ratios)
    {
        var clock = RunClock.Start();
        await using var server = await EmbeddedServer.StartAsync(new EmbeddedServerOptions { ModelPath = path, ModelName = model },
            CancellationToken.None);
        await using var target = EmbeddedClient.Create(server, model, new TargetOptions { BatchTokens = Batch, Threads = threads }, clock);
        await target.ProbeAsync(CancellationToken.None);
        var prompts = await PromptFactory.CreateAsync(await target.GetVocabularyAsync(CancellationToken.None), null, new PromptSettings(),
            CancellationToken.None);
        using var plain = StartPlain(path, context, threads);
        await target.LoadAsync(context + Output + 16, CancellationToken.None);
        // The first round warms both up.
        for (var round = -1; round < rounds; round++)
        {
            var engine = round % 2 == 0 ? await EngineAsync(target, prompts, context, round + 2) : null;
            await plain.StandardInput.WriteLineAsync("go");
            var times = (await plain.StandardOutput.ReadLineAsync())!.Split(' ')
                .Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            engine ??= await EngineAsync(target, prompts, context, round + 2);
            if (round >= 0)
                ratios.Add((times[0] / engine.Native.Prefill!.Value.TotalSeconds, times[1] / engine.Native.Generation!.Value.TotalSeconds));
        }
        plain.StandardInput.Close();
        await plain.WaitForExitAsync();
    }

    private static async Task<InferenceReport> EngineAsync(ITarget target, PromptFactory prompts, int context, int variant)
    {
        var prompt = (await prompts.BuildAsync(context, variant)).Prompt!;
        var report = await target.InferAsync(new InferenceRequest(prompt, context + Output + 16, Output, new PhaseLimits()), null,
            CancellationToken.None);
        return report.Outcome.IsCompleted && report.CountedPromptTokens == context
            ? report
            : throw new InvalidOperationException($"the engine's trial failed: {report.Outcome}");
    }

    private static Process StartPlain(string path, int context, int threads)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(Agreement).Assembly.Location);
        foreach (var argument in new[] { "plain-loop", path, $"{context}", $"{Output}", $"{threads}", $"{Batch}" })
            start.ArgumentList.Add(argument);
        OpenMpWaiting.Set(start.Environment);
        return Process.Start(start)!;
    }

    private static string Describe(IEnumerable<double> ratios)
    {
        var sorted = ratios.Order().ToArray();
        var median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return string.Create(CultureInfo.InvariantCulture,
            $"{median:0.000} (half of them {sorted[sorted.Length / 4]:0.000} to {sorted[sorted.Length * 3 / 4]:0.000})");
    }
}
