using System.Diagnostics;
using System.Globalization;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Engine.Tests.Sweeps;
using MemoryWall.Machine.Caps;
using MemoryWall.Models.Forecast;
using MemoryWall.Runs;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Compares forecast walls with measured ones in a table: one search for each case PRESET:KVTYPE:CAP, with synthetic depth and without
/// swap. The forecast uses only the plan and the model's file. The line below each row shows what filled the cap at the last context that
/// fits. Needs the permission to make caps. Options: cases separated by semicolons (default: ten over three shapes and three KV types),
/// repetitions of the whole list (default 1), tokens in a batch (default 64; more tokens make the one batch that a trial with synthetic
/// depth computes longer, and the buffers larger).
/// </summary>
internal static class WallsBenchmark
{
    private const string FittedPartsNote =
        "Measured on seven walls of two models: the memory of the process and the kernel, and the share of mapped weights with "
            + "repacked copies that must stay resident (0.45).";

    private const string Cases =
        "nano:f16:140M;nano:f16:200M;nano:q8_0:140M;nano:q4_0:140M;small:f16:300M;small:f16:700M;"
        + "small:q8_0:300M;small:q8_0:500M;small:q4_0:300M;layers=12,"
        + "embd=512,heads=8,kv=4,ff=2048:f16:400M";

    public static async Task RunAsync(string[] args)
    {
        var cases = (args.Length > 0 ? args[0] : Cases).Split(';');
        var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
        var batch = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 64;
        var runs = Directory.CreateTempSubdirectory("memwall-walls-").FullName;
        var errors = new List<double>();
        try
        {
            Console.WriteLine(
                "| model | KV | cap | forecast | in memory to | beyond from | error | beyond it |\n|---|---|---|---|---|---|---|---|");
            for (var round = 0; round < rounds; round++)
            {
                foreach (var one in cases)
                {
                    var clock = Stopwatch.StartNew();
                    var (run, wall) = await FindAsync(one.Split(':'), batch, runs);
                    if (wall.Error is { } error)
                        errors.Add(error);
                    Console.WriteLine(
                        $"| {run.Manifest.Target.Model} | {run.Manifest.Plan.Options.KvType} | "
                        + $"{new ByteSize(run.Manifest.Plan.Cap!.Bytes)} | {Text(wall.PredictedTokens)} | {Text(wall.InsideTokens)} | "
                        + $"{Text(wall.BeyondTokens)} | {wall.Error?.ToString("+0.0%;-0.0%;0%", CultureInfo.InvariantCulture)} | "
                        + $"{wall.Beyond?.Regime} |");
                    Console.Error.WriteLine(
                        $"{Filling(run, wall)}; {run.Trials.Count} trials in "
                        + $"{clock.Elapsed.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s");
                }
            }
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{errors.Count} walls; largest error {(errors.Count > 0 ? errors.Max(error => Math.Abs(error)) : double.NaN):0.0%}, mean "
            + $"{(errors.Count > 0 ? errors.Average() : double.NaN):+0.0%;-0.0%}. {FittedPartsNote}"));
    }

    private static async Task<(Run Run, WallReport Wall)> FindAsync(string[] one, int batch, string runs)
    {
        var plan = new SweepPlan
        {
            Target = $"embedded:{one[0]}",
            Contexts = [new TokenCount(2048)],
            OutputTokens = 16,
            Method = SweepMethod.SyntheticDepth,
            Limits = new PhaseLimits
            {
                Load = TimeSpan.FromMinutes(2),
                Prefill = TimeSpan.FromMinutes(2),
                Generation = TimeSpan.FromSeconds(30)
            },
            Options = new TargetOptions { KvType = one[1], BatchTokens = batch },
            Cap = new CapPlan { Bytes = CapSize.Parse(one[2]).Bytes!.Value.Bytes, SwapBytes = 0 },
            Wall = new WallPlan { FromTokens = 2048 },
        };
        var result = await Sweeper.RunAsync(plan, new SweepSettings { RunsDirectory = runs, TelemetryInterval = null },
            new SilentObserver(), CancellationToken.None);
        var run = new RunStore(runs).Read(result.RunId ?? throw new InvalidOperationException(string.Join("; ", result.Findings)),
            withMarks: false);
        return (run, RunReport.Create(run).Wall);
    }

    // The memory charged to the cap at the last context that fits: each term of the forecast with its reading.
    private static string Filling(Run run, WallReport wall)
    {
        if (run.Trials.LastOrDefault(
            trial => trial.ContextTokens == wall.InsideTokens) is not { Memory: { CapBytes: { } cap } memory } inside)
            return "nothing was inside";
        var shape = run.Manifest.Target.Shape!;
        var row = MemoryForecast.Compute(shape, ForecastSettings.ForEmbedded(run.Manifest.Plan.Options, shape), inside.WindowTokens!.Value);
        return string.Create(CultureInfo.InvariantCulture,
            $"  at {inside.ContextTokens}: anonymous {memory.AnonymousBytes / 1048576.0:0.0} MiB (forecast "
            + $"{row.AnonymousBytes / 1048576.0:0.0}), file pages {memory.FileBytes / 1048576.0:0.0}, rest of the cap "
            + $"{(cap - memory.AnonymousBytes - memory.FileBytes) / 1048576.0:0.0}; weights {shape.WeightBytes / 1048576.0:0.0}, repacked "
            + $"copies {shape.RepackCopyBytes / 1048576.0:0.0}")
            + string.Concat(
                wall.Regimes.OrderBy(regime => regime.ContextTokens)
                    .Select(regime => string.Create(CultureInfo.InvariantCulture,
                        $"\n    {regime.ContextTokens,7}: {regime.Regime}, {regime.StorageBytesPerToken / 1048576.0:0.00} MiB a token, "
                        + $"slowdown {regime.Slowdown:0.00}, file "
                        + $"{run.Trials.First(trial => trial.Number == regime.Trial).Memory?.FileBytes / 1048576.0:0.0}")));
    }

    private static string Text(int? tokens) => tokens?.ToString("#,0", CultureInfo.InvariantCulture) ?? "–";
}
