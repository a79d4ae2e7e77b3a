using MemoryWall.Benchmarks;
using MemoryWall.Benchmarks.Faults;
using MemoryWall.Benchmarks.Lakes;
using MemoryWall.Benchmarks.OnePass;
using MemoryWall.Benchmarks.ServerMemory;

// Each benchmark prints its figures, most of them as a ratio to a named alternative measured in the same run.
var benchmarks = new Dictionary<string, Func<string[], Task>>(StringComparer.Ordinal)
{
    ["adaptive"] = AdaptiveBenchmark.RunAsync,
    ["agreement"] = Agreement.RunAsync,
    ["ceilings"] = CeilingsBenchmark.Run,
    ["client"] = ClientBenchmark.RunAsync,
    ["evidence"] = EvidenceBenchmark.RunAsync,
    ["faults"] = FaultsBenchmark.RunAsync,
    ["findings"] = FindingsBenchmark.RunAsync,
    ["forecast"] = ForecastBenchmark.RunAsync,
    ["forecast-time"] = ForecastTimeBenchmark.RunAsync,
    ["gguf-header"] = GgufHeaderBenchmark.RunAsync,
    ["lake"] = LakeBenchmark.RunAsync,
    ["one-pass"] = OnePassBenchmark.RunAsync,
    ["plain-loop"] = PlainLoop.RunAsync,
    ["prompts"] = PromptBenchmark.RunAsync,
    ["live"] = LiveBenchmark.RunAsync,
    ["load"] = LoadBenchmark.RunAsync,
    ["render"] = RenderBenchmark.RunAsync,
    ["sampler"] = SamplerBenchmark.RunAsync,
    ["sampler-inference"] = SamplerInferenceBenchmark.RunAsync,
    ["scripted-server"] = ScriptedServers.RunAsync,
    ["server-memory"] = ServerMemoryBenchmark.RunAsync,
    ["sessions"] = SessionsBenchmark.RunAsync,
    ["sessions-forecast"] = SessionsForecastBenchmark.RunAsync,
    ["store"] = StoreBenchmark.RunAsync,
    ["suite"] = Suite.RunAsync,
    ["tier"] = TierBenchmark.RunAsync,
    ["walls"] = WallsBenchmark.RunAsync,
};
if (args.Length == 0 || !benchmarks.TryGetValue(args[0], out var run))
{
    Console.Error.WriteLine($"usage: Benchmarks NAME [OPTIONS]; NAME is one of: {string.Join(", ", benchmarks.Keys.Order())}");
    return 2;
}
await run(args[1..]);
return 0;
