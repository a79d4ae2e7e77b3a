using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Benchmarks;

/// <summary>
/// The time of a forecast with its wall and the best offload, for models of many layers over eight accelerators. The first call of a
/// process also compiles the code; how much of it that is, is printed beside it. Target: 80 layers over 8 accelerators in 100 ms without.
/// </summary>
internal static class ForecastTimeBenchmark
{
    private const int Accelerators = 8;
    private static readonly int[] s_contexts = [2048, 8192, 32_768, 131_072];

    public static Task RunAsync(string[] args)
    {
        Console.WriteLine("layers   first call   compilation   median of 10   wall");
        foreach (var layers in new[] { 80, 512, 4096 })
        {
            if (!KnownModels.TryGet("llama-3.1-70b", null, out var one))
                throw new InvalidOperationException("the model is not known");
            var shape = one with
            {
                Layers = [.. Enumerable.Repeat(one.Layers[0], layers)],
                LayerWeights = [.. Enumerable.Repeat(one.LayerWeights![0], layers)],
                WeightBytes = one.InputWeightBytes + one.OutputWeightBytes + layers * one.LayerWeights[0].Bytes,
                WeightTensors = [.. Enumerable.Range(0, layers).SelectMany(layer => one.WeightTensors!
                    .Where(tensor => tensor.Name.StartsWith("blk.0.", StringComparison.Ordinal))
                    .Select(tensor => tensor with { Name = tensor.Name.Replace("blk.0.", $"blk.{layer}.", StringComparison.Ordinal) }))],
            };
            var bytes = shape.WeightBytes!.Value;
            var each = new ByteSize(bytes / 7);
            var budget = new MemoryBudget(new ByteSize(bytes), new ByteSize(each.Bytes * Accelerators))
            {
                Accelerators = [.. Enumerable.Repeat(each, Accelerators)],
            };
            var settings = new ForecastSettings
            {
                GpuLayers = layers + 1,
                TensorSplit = [.. Enumerable.Repeat(1.0, Accelerators)],
                TensorOverrides = [.. TensorOverride.Parse(@"blk\.[0-9]\.ffn_.*=CPU,blk\.1[0-9]\.ffn_up=CUDA1")],
            };
            var times = new List<double>();
            var compiled = JitInfo.GetCompilationTime(currentThread: true);
            ForecastTable? table = null;
            for (var i = 0; i < 11; i++)
            {
                var clock = Stopwatch.StartNew();
                table = MemoryForecast.ComputeTable(shape, settings, s_contexts, budget);
                times.Add(clock.Elapsed.TotalMilliseconds);
                if (i == 0)
                    compiled = JitInfo.GetCompilationTime(currentThread: true) - compiled;
            }
            var median = times.Skip(1).Order().ElementAt(5);
            var isMet = Math.Max(median, times[0] - compiled.TotalMilliseconds) <= 100;
            var target = layers != 80 ? "" : isMet ? "   target of 100 ms: met" : "   target of 100 ms: MISSED";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{layers,6} {times[0],9:0.0} ms {compiled.TotalMilliseconds,10:0.0} ms {median,11:0.0} ms   "
                + $"{table!.WallTokens:#,0}{target}"));
        }
        return Task.CompletedTask;
    }
}
