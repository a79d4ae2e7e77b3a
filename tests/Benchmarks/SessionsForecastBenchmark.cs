using System.Diagnostics;
using System.Globalization;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;
using MemoryWall.Runs;

namespace MemoryWall.Benchmarks;

/// <summary>
/// The time to read a trace and to simulate its caches: <c>sessions-forecast [TRACE]</c>, by default the trace of Mooncake where the
/// machine has it, else the example of the project. Target: 12,031 requests, read and simulated with all cache sizes, in 5 s on one core.
/// </summary>
internal static class SessionsForecastBenchmark
{
    private const string Recorded = "../shared/data/traces/mooncake-conversation.jsonl";
    private const string Example = "data/traces/example-conversation.jsonl";

    public static Task RunAsync(string[] args)
    {
        var path = args.Length > 0 ? args[0] : File.Exists(Recorded) ? Recorded : Example;
        var clock = Stopwatch.StartNew();
        var requests = TraceReader.Read(path);
        var read = clock.Elapsed;
        var run = RunReport.Create(new RunStore("data/samples/context-sweep").Read(
            Path.GetFileName(Directory.GetDirectories("data/samples/context-sweep")[0])));
        if (!KnownModels.TryGet("llama-3.1-8b", null, out var shape))
            throw new InvalidOperationException("the model is not known");
        var bytes = KvTokenBytes.Find(shape, new ForecastSettings())!.Value;
        RamSize[] ram = [new(16 * ByteSize.GiB), new(64 * ByteSize.GiB), new(256 * ByteSize.GiB)];
        StorageSize[] storages = [new(1_000_000_000_000, 5_000_000_000), new(4_000_000_000_000, 5_000_000_000)];
        clock.Restart();
        var forecast = SessionForecast.Compute(new SessionForecastInput(new ScaledTrace(requests), MeasuredTimes.Find(run)!, bytes), ram,
            storages);
        var simulated = clock.Elapsed;
        var total = read + simulated;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{path}: {requests.Count:#,0} requests, {forecast.Blocks:#,0} blocks; read {read.TotalSeconds:0.00} s, "
            + $"{forecast.Rows.Count} caches simulated {simulated.TotalSeconds:0.00} s"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"hits without limits: {1 - forecast.Unlimited.MissShare:0.0000}; "
            + $"target of 5 s: {(total.TotalSeconds <= 5 ? "met" : "MISSED")}"));
        return Task.CompletedTask;
    }
}
