using System.Globalization;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Engine.Tests.Sweeps;
using MemoryWall.Runs;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Compares the memory forecast with what the embedded server allocates: its own report of weights, KV cache and compute buffers, and the
/// anonymous memory of its process once the window is full (synthetic depth), over presets × KV types × flash attention × contexts. Nothing
/// is fitted to single rows. The bounds are 2% for weights and KV cache and 10% for the whole process. Options: presets (default
/// nano,small), contexts (default 2k,8k,32k).
/// </summary>
internal static class ForecastBenchmark
{
    private const double PartBound = 0.02;
    private const double WholeBound = 0.10;
    private static readonly (string KvType, string FlashAttention)[] s_caches = [("f16", "on"), ("f16", "off"), ("q8_0", "on"),
        ("q4_0", "on")];

    public static async Task RunAsync(string[] args)
    {
        var presets = (args.Length > 0 ? args[0] : "nano,small").Split(',');
        var contexts = ContextList.Parse(args.Length > 1 ? args[1] : "2k,8k,32k");
        var runs = Directory.CreateTempSubdirectory("memwall-forecast-").FullName;
        var errors = new List<ForecastError>();
        try
        {
            Console.WriteLine(
                "model   KV    flash  context   weights        KV   compute   whole process   (forecast − measured) / measured");
            foreach (var preset in presets)
            {
                foreach (var (kvType, flash) in s_caches)
                {
                    foreach (var context in contexts)
                    {
                        if (await MeasureAsync(new SweepPlan
                        {
                            Target = $"embedded:{preset}",
                            // A sweep with synthetic depth also computes its smallest context as a reference, so this context is short.
                            Contexts = [new TokenCount(512), context],
                            OutputTokens = 8,
                            Warmups = 0,
                            Method = SweepMethod.SyntheticDepth,
                            Options = new TargetOptions { KvType = kvType, FlashAttention = flash },
                        }, runs) is not { } error)
                            continue;
                        errors.Add(error);
                        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                            $"{preset,-7} {kvType,-5} {flash,-5} {context.Value,8:#,0} {Text(error.Weights),9} {Text(error.Kv),9} "
                            + $"{Text(error.Compute),9} {Text(error.ProcessTotal),15}"));
                    }
                }
            }
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
        Report("weights", errors.Select(error => error.Weights), PartBound);
        Report("KV cache", errors.Select(error => error.Kv), PartBound);
        Report("compute buffers", errors.Select(error => error.Compute), null);
        Report("whole process", errors.Select(error => error.ProcessTotal), WholeBound);
    }

    private static async Task<ForecastError?> MeasureAsync(SweepPlan plan, string runs)
    {
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = runs, TelemetryInterval = null },
            new SilentObserver(), CancellationToken.None);
        if (result.RunId is null)
        {
            Console.WriteLine($"{plan.Target} {plan.Options.KvType} {plan.Options.FlashAttention}: {string.Join("; ", result.Findings)}");
            return null;
        }
        var run = new RunStore(runs).Read(result.RunId, withMarks: false);
        return ForecastError.ComputeErrors(run.Trials, run.Manifest.Plan, run.Manifest.Target, new())
            .LastOrDefault(error => error.ContextTokens == plan.Contexts[^1].Value);
    }

    private static void Report(string part, IEnumerable<double?> errors, double? bound)
    {
        var known = errors.OfType<double>().ToList();
        var worst = known.OrderByDescending(Math.Abs).Select(error => (double?)error).FirstOrDefault();
        var kept = bound is { } most && known.All(error => Math.Abs(error) <= most) ? "held" : "BROKEN";
        var limit = bound is null ? "" : string.Create(CultureInfo.InvariantCulture, $"; bound {bound:0%}: {kept}");
        Console.WriteLine($"{part}: largest error {Text(worst)} of {known.Count}{limit}");
    }

    private static string Text(double? error) => error?.ToString("+0.0%;-0.0%;0.0%", CultureInfo.InvariantCulture) ?? "–";
}
