using System.Diagnostics;
using System.Globalization;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets;
using MemoryWall.Targets.Http;
using MemoryWall.Targets.LlamaCpp;
using MemoryWall.Targets.Ollama;
using OllamaSharp;
using OllamaSharp.Models;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Measures the cost of the client and the error of its time stamps. A scripted server sends tokens at planned times and records when it
/// sent them; the client's stamps are compared with these times. The alternative is OllamaSharp alone, which stamps what its enumerator
/// yields.
/// </summary>
internal static class ClientBenchmark
{
    private const int Rounds = 5;
    private static readonly TimeSpan s_prefill = TimeSpan.FromMilliseconds(100);

    public static async Task<IReadOnlyList<Measured>> RunAsync(string[] args)
    {
        if (args.Length > 0 && args[0] == "serve")
        {
            await ServeAsync(int.Parse(args[1], CultureInfo.InvariantCulture));
            return [];
        }
        var tokens = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        await ProbeAsync(Pace.Warm, 500, TimeSpan.FromMilliseconds(1));
        Console.WriteLine(
            FormattableString.Invariant($"Stamps against {tokens:n0} tokens sent 1 ms apart after {s_prefill.TotalMilliseconds} ms ")
            + "(milliseconds: median / 99th percentile)");
        foreach (var pace in (Pace[])[Pace.Ollama, Pace.LlamaServer, Pace.Library])
            Print(await ProbeAsync(pace, tokens, TimeSpan.FromMilliseconds(1)));
        Console.WriteLine();
        Console.WriteLine("Firehose: 200,000 chunks, 20 µs apart (50,000/s)");
        foreach (var pace in (Pace[])[Pace.Ollama, Pace.LlamaServer, Pace.Library])
            Print(await ProbeAsync(pace, 200_000, TimeSpan.FromMicroseconds(20)));
        Console.WriteLine();
        Console.WriteLine("Own cost for each token (the server is another process; as fast as it comes)");
        // In turn, and the median of the rounds: the first round also pays for compiling the code that all of them share.
        var costs = new Dictionary<Pace, List<(double Microseconds, double Bytes)>>();
        for (var round = 1; round <= Rounds; round++)
        {
            foreach (var pace in (Pace[])[Pace.Library, Pace.Ollama, Pace.LlamaServer])
            {
                if (!costs.TryGetValue(pace, out var list))
                    costs[pace] = list = [];
                list.Add(await CostAsync(pace, 200_000));
                Console.WriteLine(FormattableString.Invariant(
                    $"  round {round}: {pace,-12} {list[^1].Microseconds:0.00} µs CPU, {list[^1].Bytes:0} B"));
            }
        }
        (double Microseconds, double Bytes) Median(Pace pace) => (Quantile([.. costs[pace].Select(cost => cost.Microseconds)], 0.5),
            Quantile([.. costs[pace].Select(cost => cost.Bytes)], 0.5));
        var alone = Median(Pace.Library);
        var rows = new List<Measured>();
        foreach (var pace in (Pace[])[Pace.Ollama, Pace.LlamaServer])
        {
            var (cpu, bytes) = Median(pace);
            Console.WriteLine(FormattableString.Invariant($"  {pace,-12} {cpu:0.00} µs CPU, {bytes:0} B allocated   ")
                + FormattableString.Invariant(
                    $"(OllamaSharp alone: {alone.Microseconds:0.00} µs, {alone.Bytes:0} B; ratio {cpu / alone.Microseconds:0.00})"));
            rows.Add(
                new Measured($"client: a streamed token, {pace}", FormattableString.Invariant($"{cpu:0.00} µs CPU, {bytes:0} B"),
                    "OllamaSharp alone", FormattableString.Invariant($"{alone.Microseconds:0.00} µs CPU, {alone.Bytes:0} B"),
                    cpu / alone.Microseconds));
        }
        return rows;
    }

    private static async Task<Stamps> ProbeAsync(Pace pace, int tokens, TimeSpan step)
    {
        var behaviour = new Behaviour { Prefill = s_prefill, Step = step };
        await using var server = pace == Pace.LlamaServer
            ? LlamaServerScript.Start(behaviour, keepSent: true)
            : OllamaScript.Start(behaviour, OllamaGeneration.New, keepSent: true);
        var clock = RunClock.Start();
        var (sent, arrived) = await StreamAsync(pace, server.Endpoint, tokens, clock, () => server.Sent.Clear());
        return new Stamps(pace, step, sent, arrived, [.. server.Sent.Take(tokens).Select(clock.ToInstant)]);
    }

    private static async Task<(Instant? Sent, IReadOnlyList<Instant> Arrived)> StreamAsync(Pace pace, Uri endpoint, int tokens,
        RunClock clock, Action before)
    {
        if (pace == Pace.Library)
            return await LibraryAsync(endpoint, tokens, clock, before);
        var setup = new TargetSetup { Endpoint = endpoint, Model = "tiny" };
        await using ITarget target = pace == Pace.LlamaServer ? new LlamaCppTarget(setup, clock) : new OllamaTarget(setup, clock);
        await target.LoadAsync(8000, CancellationToken.None);
        before();
        var prompt = new Prompt { Kind = PromptKind.Words, Text = "one two", TokenCount = 3, Nonce = "" };
        var report = await target.InferAsync(new InferenceRequest(prompt, 8000, tokens, new PhaseLimits()), null, CancellationToken.None);
        if (!report.Outcome.IsCompleted)
            throw new InvalidOperationException(report.Outcome.Detail);
        return (report.Client.Sent, [.. report.Marks.Where(mark => mark.Kind == MarkKind.Chunk).Select(mark => mark.Arrived)]);
    }

    private static async Task<(Instant? Sent, IReadOnlyList<Instant> Arrived)> LibraryAsync(Uri endpoint, int tokens, RunClock clock,
        Action before)
    {
        using var client = new OllamaApiClient(endpoint, "tiny");
        before();
        var sent = clock.Now;
        var arrived = new List<Instant>(tokens);
        var call = new GenerateRequest
        {
            Model = "tiny",
            Prompt = "one two",
            Raw = true,
            KeepAlive = "5m",
            Options = new RequestOptions { NumCtx = 8000, NumPredict = tokens }
        };
        await foreach (var chunk in client.GenerateAsync(call))
        {
            if (chunk is { Done: false })
                arrived.Add(clock.Now);
        }
        return (sent, arrived);
    }

    private static async Task<(double Microseconds, double Bytes)> CostAsync(Pace pace, int tokens)
    {
        using var server = Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "client", "serve", pace == Pace.LlamaServer ? "1" : "0" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var endpoint = new Uri((await server.StandardOutput.ReadLineAsync())!);
        var clock = RunClock.Start();
        await StreamAsync(pace, endpoint, 20_000, clock, static () => { });
        GC.Collect();
        var cpu = Environment.CpuUsage.TotalTime;
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var (_, arrived) = await StreamAsync(pace, endpoint, tokens, clock, static () => { });
        var cost = ((Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / arrived.Count,
            (double)(GC.GetTotalAllocatedBytes(precise: true) - bytes) / arrived.Count);
        server.StandardInput.Close();
        await server.WaitForExitAsync();
        return cost;
    }

    private static async Task ServeAsync(int llama)
    {
        await using var server = llama == 1
            ? LlamaServerScript.Start(new Behaviour())
            : OllamaScript.Start(new Behaviour(), OllamaGeneration.New);
        Console.WriteLine(server.Endpoint);
        await Console.In.ReadLineAsync();
    }

    private static void Print(Stamps stamps)
    {
        // The server also sent frames without content (an empty last frame). Only as many times as content frames arrived are compared.
        var count = Math.Min(stamps.Arrived.Count, stamps.Moments.Count);
        double Ms(TimeSpan time) => time.TotalMilliseconds;
        var late = Enumerable.Range(0, count).Select(token => Ms(stamps.Arrived[token].Since(stamps.Moments[token]))).ToList();
        // The reference is the actual time of sending: on a busy machine the server itself is late, which is not the client's error.
        var gaps = Enumerable.Range(1, count - 1)
            .Select(token =>
                Math.Abs(
                    Ms(stamps.Arrived[token].Since(stamps.Arrived[token - 1]) - stamps.Moments[token].Since(stamps.Moments[token - 1]))))
                    .ToList();
        var ttft = Ms(stamps.Arrived[0].Since(stamps.Sent!.Value) - s_prefill);
        var served = Enumerable.Range(1, count - 1)
            .Select(token => Math.Abs(Ms(stamps.Moments[token].Since(stamps.Moments[token - 1]) - stamps.Step))).ToList();
        var tenth = count / 10;
        string Pair(List<double> values) =>
            FormattableString.Invariant($"{Quantile(values, 0.5):0.000} / {Quantile(values, 0.99):0.000}");
        Console.WriteLine($"  {stamps.Pace,-12} stamp after sending {Pair(late)}   inter-token time off by {Pair(gaps)}   "
            + FormattableString.Invariant($"TTFT off by {ttft:0.000}   stamp after sending in the first tenth ")
            + FormattableString.Invariant($"{Quantile(late[..tenth], 0.5):0.000}, in the last {Quantile(late[^tenth..], 0.5):0.000}   ")
            + $"(the server kept its own times within {Pair(served)})");
    }

    private static double Quantile(List<double> values, double part) => values.Order().ElementAt((int)(part * (values.Count - 1)));

    private enum Pace
    {
        Warm,
        Ollama,
        LlamaServer,
        Library,
    }

    private sealed record Stamps(Pace Pace, TimeSpan Step, Instant? Sent, IReadOnlyList<Instant> Arrived, IReadOnlyList<Instant> Moments);
}
