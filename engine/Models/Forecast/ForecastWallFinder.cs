using MemoryWall.Core.Facts;
using MemoryWall.Core.Units;

namespace MemoryWall.Models.Forecast;

/// <summary>Finds the wall by bisection. The result is exact, because memory never shrinks when the context grows.</summary>
internal static class ForecastWallFinder
{
    private const double SmallWeightBits = 4.9;
    private static readonly ByteSize s_unlimited = new(long.MaxValue / 2);

    public static WallForecast Find(ModelShape shape, ForecastSettings settings, MemoryBudget budget)
    {
        var (verdict, wall) = FindWall(shape, settings, budget);
        return new WallForecast
        {
            WallTokens = wall,
            Verdict = verdict,
            TrainedContextTokens = shape.TrainedContextTokens,
            Budget = budget.Host,
            AcceleratorBudget = budget.Accelerator,
            Basis = budget.Basis,
            Smallest = MemoryForecast.Compute(shape, settings, 1),
            AtWall = wall is { } tokens ? MemoryForecast.Compute(shape, settings, tokens) : null,
            // Beyond the trained context nothing is gained.
            Moves = verdict == WallVerdict.ReachesTrained ? [] : [
                .. EnumerateMoves(shape, settings, budget).Where(move => IsFarther(move, verdict, wall))
                    .OrderByDescending(move => DistanceOf(move.Verdict, move.WallTokens))],
        };
    }

    private static (WallVerdict Verdict, int? Tokens) FindWall(ModelShape shape, ForecastSettings settings, MemoryBudget budget)
    {
        if (!Fits(shape, settings, budget, 1))
            return (WallVerdict.DoesNotFit, null);
        if (Fits(shape, settings, budget, TokenCount.MaxValue))
            return (WallVerdict.Unlimited, null);
        int fits = 1, tooLarge = TokenCount.MaxValue;
        while (tooLarge - fits > 1)
        {
            var middle = fits + (tooLarge - fits) / 2;
            if (Fits(shape, settings, budget, middle))
                fits = middle;
            else
                tooLarge = middle;
        }
        var verdict = shape.TrainedContextTokens is not { } trained ? WallVerdict.TrainedUnknown
            : fits < trained ? WallVerdict.BelowTrained : WallVerdict.ReachesTrained;
        return (verdict, fits);
    }

    private static bool Fits(ModelShape shape, ForecastSettings settings, MemoryBudget budget, int contextTokens)
    {
        var row = MemoryForecast.Compute(shape, settings, contextTokens);
        if (row.TotalBytes is not { } total || row.Host.TotalBytes is not { } host || row.ResidentBytes is not { } resident
            || row.AnonymousBytes is not { } anonymous)
            throw new ArgumentException(
                $"no wall can be predicted: the shape of '{shape.Name ?? shape.Architecture}' lacks weight bytes or vocabulary size",
                nameof(shape));
        var used = budget.Basis switch { ForecastBasis.Resident => resident, ForecastBasis.Anonymous => anonymous, _ => total };
        if (budget.Accelerator is not { } accelerator)
            return used <= budget.Host.Bytes;
        // The accelerator bytes are known here, because the total is the sum of both tiers.
        var elsewhere = row.Accelerator?.TotalBytes ?? 0;
        var inRam = row.Accelerator is null ? used : host;
        return elsewhere <= accelerator.Bytes && inRam <= budget.Host.Bytes;
    }

    private static IEnumerable<WallMove> EnumerateMoves(ModelShape shape, ForecastSettings settings, MemoryBudget budget)
    {
        foreach (var type in new[] { KvCacheType.Q8_0, KvCacheType.Q4_0 })
        {
            var lighter = settings with { KeyType = type, ValueType = type, FlashAttention = true };
            var name = settings.FlashAttention ? $"KV type {type}" : $"flash attention and KV type {type}";
            if (type.BitsPerElement < settings.KeyType.BitsPerElement && shape.Layers.Any(layer => layer is not RecurrentLayer)
                && MemoryForecast.FindProblems(shape, lighter).Count == 0)
                yield return EvaluateMove(name, shape, lighter, budget);
        }
        if (!settings.FlashAttention)
            yield return EvaluateMove("flash attention", shape, settings with { FlashAttention = true }, budget);
        if (settings.FullSlidingWindow && shape.Layers.Any(layer => layer is AttentionLayer { SlidingWindow: not null }))
            yield return EvaluateMove("sliding-window layers that keep only their window", shape,
                settings with { FullSlidingWindow = false }, budget);
        if (shape is { WeightBytes: { } bytes, ParameterCount: > 0 and { } count } && bytes * 8.0 / count > SmallWeightBits * 1.1)
            yield return EvaluateMove(
                $"weights of {SmallWeightBits.ToString(System.Globalization.CultureInfo.InvariantCulture)} bits (q4_k_m)",
                Scaled(shape, count * SmallWeightBits / 8 / bytes), settings, budget);
        if (budget.Accelerator is not null && FindBestGpuLayers(shape, settings, budget) is { } layers && layers != settings.GpuLayers)
            yield return EvaluateMove($"{layers} GPU layers", shape, settings with { GpuLayers = layers }, budget);
    }

    /// <summary>
    /// The number of offloaded layers with the farthest wall. With each layer more, RAM holds a longer context and the accelerator a
    /// shorter one, so the best number is where the two meet; no and all layers are apart, because their buffers differ.
    /// </summary>
    private static int? FindBestGpuLayers(ModelShape shape, ForecastSettings settings, MemoryBudget budget)
    {
        var all = shape.Layers.Count + 1;
        long Distance(int layers, MemoryBudget of)
        {
            var (verdict, tokens) = FindWall(shape, settings with { GpuLayers = layers }, of);
            return DistanceOf(verdict, tokens);
        }
        var (ram, accelerator) = (budget with { Accelerator = s_unlimited }, budget with { Host = s_unlimited });
        int few = 1, many = all - 1;
        while (few < many)
        {
            var middle = few + (many - few) / 2;
            if (Distance(middle, ram) >= Distance(middle, accelerator))
                many = middle;
            else
                few = middle + 1;
        }
        var best = ((int[])[0, Math.Max(1, few - 1), few, all]).Distinct()
            .Select(layers => (Layers: layers, Place: FindWall(shape, settings with { GpuLayers = layers }, budget)))
            .MaxBy(choice => DistanceOf(choice.Place.Verdict, choice.Place.Tokens));
        return best.Place.Verdict == WallVerdict.DoesNotFit ? null : best.Layers;
    }

    private static ModelShape Scaled(ModelShape shape, double factor) => shape with
    {
        WeightBytes = (long)(shape.WeightBytes * factor)!,
        ActiveWeightBytes = (long?)(shape.ActiveWeightBytes * factor),
        InputWeightBytes = (long?)(shape.InputWeightBytes * factor),
        OutputWeightBytes = (long?)(shape.OutputWeightBytes * factor),
    };

    private static WallMove EvaluateMove(string change, ModelShape shape, ForecastSettings settings, MemoryBudget budget)
    {
        var (verdict, tokens) = FindWall(shape, settings, budget);
        return new WallMove(change, verdict, tokens);
    }

    private static bool IsFarther(WallMove move, WallVerdict verdict, int? tokens) =>
        DistanceOf(move.Verdict, move.WallTokens) > DistanceOf(verdict, tokens);

    private static long DistanceOf(WallVerdict verdict, int? tokens) => verdict == WallVerdict.Unlimited ? long.MaxValue : tokens ?? 0;
}
