using MemoryWall.Core.Facts;
using MemoryWall.Core.Units;

namespace MemoryWall.Models.Forecast;

/// <summary>Finds the wall by bisection. The result is exact, because memory never shrinks when the context grows.</summary>
internal static class ForecastWallFinder
{
    private const double SmallWeightBits = 4.9;
    private static readonly ByteSize s_unlimited = new(long.MaxValue / 2);

    /// <summary>The wall of a forecast, and changes that move it.</summary>
    public static WallForecast Find(PreparedForecast prepared, ModelShape shape, MemoryBudget budget)
    {
        var (verdict, wall) = FindWall(prepared, shape, budget);
        return new WallForecast
        {
            WallTokens = wall,
            Verdict = verdict,
            TrainedContextTokens = shape.TrainedContextTokens,
            Budget = budget.Host,
            AcceleratorBudget = budget.Accelerator,
            AcceleratorBudgets = budget.Accelerators,
            Basis = budget.Basis,
            Smallest = prepared.Compute(1),
            AtWall = wall is { } tokens ? prepared.Compute(tokens) : null,
            // Beyond the trained context nothing is gained.
            Moves = verdict == WallVerdict.ReachesTrained ? [] : [
                .. EnumerateMoves(prepared, shape, budget).Where(move => IsFarther(move, verdict, wall))
                    .OrderByDescending(move => DistanceOf(move.Verdict, move.WallTokens))],
        };
    }

    private static (WallVerdict Verdict, int? Tokens) FindWall(PreparedForecast forecast, ModelShape shape, MemoryBudget budget)
    {
        if (!Fits(forecast, shape, budget, 1))
            return (WallVerdict.DoesNotFit, null);
        if (Fits(forecast, shape, budget, TokenCount.MaxValue))
            return (WallVerdict.Unlimited, null);
        int fits = 1, tooLarge = TokenCount.MaxValue;
        while (tooLarge - fits > 1)
        {
            var middle = fits + (tooLarge - fits) / 2;
            if (Fits(forecast, shape, budget, middle))
                fits = middle;
            else
                tooLarge = middle;
        }
        var verdict = shape.TrainedContextTokens is not { } trained ? WallVerdict.TrainedUnknown
            : fits < trained ? WallVerdict.BelowTrained : WallVerdict.ReachesTrained;
        return (verdict, fits);
    }

    private static bool Fits(PreparedForecast forecast, ModelShape shape, MemoryBudget budget, int contextTokens) =>
        Fits(forecast.Compute(contextTokens), shape, budget);

    private static bool Fits(ForecastRow row, ModelShape shape, MemoryBudget budget)
    {
        if (row.TotalBytes is not { } total || row.Host.TotalBytes is not { } host || row.ResidentBytes is not { } resident
            || row.AnonymousBytes is not { } anonymous)
            throw new ArgumentException(
                $"no wall can be predicted: the shape of '{shape.Name ?? shape.Architecture}' lacks weight bytes or vocabulary size",
                nameof(shape));
        var used = budget.Basis switch { ForecastBasis.Resident => resident, ForecastBasis.Anonymous => anonymous, _ => total };
        if (budget.Accelerator is not { } accelerator)
            return used <= budget.Host.Bytes;
        var inRam = row.Accelerator is null ? used : host;
        return inRam <= budget.Host.Bytes && FitsAccelerators(row, budget, accelerator);
    }

    // The accelerator bytes are known here, because the total is the sum of both tiers.
    private static bool FitsAccelerators(ForecastRow row, MemoryBudget budget, ByteSize accelerator) =>
        row.Accelerators is not { } used ? true
        : budget.Accelerators.Count == used.Count
            ? used.Zip(budget.Accelerators).All(pair => (pair.First.TotalBytes ?? 0) <= pair.Second.Bytes)
        : (row.Accelerator!.TotalBytes ?? 0) <= accelerator.Bytes;

    private static IEnumerable<WallMove> EnumerateMoves(PreparedForecast prepared, ModelShape shape, MemoryBudget budget)
    {
        var settings = prepared.Settings;
        WallMove Change(string name, ForecastSettings changed) =>
            Evaluate(name, prepared.With(MemoryForecast.Applied(shape, changed)), shape, budget);
        foreach (var type in new[] { KvCacheType.Q8_0, KvCacheType.Q4_0 })
        {
            var lighter = settings with { KeyType = type, ValueType = type, FlashAttention = true };
            var name = settings.FlashAttention ? $"KV type {type}" : $"flash attention and KV type {type}";
            if (type.BitsPerElement < settings.KeyType.BitsPerElement && shape.Layers.Any(layer => layer is not RecurrentLayer)
                && MemoryForecast.FindProblems(shape, lighter).Count == 0)
                yield return Change(name, lighter);
        }
        if (!settings.FlashAttention)
            yield return Change("flash attention", settings with { FlashAttention = true });
        if (settings.FullSlidingWindow && shape.Layers.Any(layer => layer.Window is not null))
            yield return Change("sliding-window layers that keep only their window", settings with { FullSlidingWindow = false });
        if (shape is { WeightBytes: { } bytes, ParameterCount: > 0 and { } count } && bytes * 8.0 / count > SmallWeightBits * 1.1)
        {
            var scaled = Scaled(shape, count * SmallWeightBits / 8 / bytes);
            yield return Evaluate(
                $"weights of {SmallWeightBits.ToString(System.Globalization.CultureInfo.InvariantCulture)} bits (q4_k_m)",
                prepared.WithWeights(scaled), scaled, budget);
        }
        if (budget.Accelerator is null)
            yield break;
        // Rules that move tensors to a GPU are refused without layers on one.
        if (FindBestGpuLayers(prepared, shape, budget) is { } layers && layers != settings.GpuLayers
            && (layers > 0 || settings.TensorOverrides.All(rule => rule.Device is null)))
            yield return Evaluate($"{layers} GPU layers", prepared.WithPlacement(layers, settings.CpuExpertLayers), shape, budget);
        if (shape is { ExpertCount: not null, LayerWeights: { Count: > 0 } blocks }
            && FindBestCpuExperts(prepared, shape, blocks.Count, budget) is { } kept
            && kept != Math.Min(settings.CpuExpertLayers, blocks.Count))
        {
            yield return Evaluate($"all layers on GPUs with the experts of {kept} in RAM (--n-cpu-moe {kept})",
                prepared.WithPlacement(blocks.Count + 1, kept), shape, budget);
        }
    }

    /// <summary>The number of offloaded layers with the farthest wall. No and all layers are apart, because their buffers differ.</summary>
    private static int? FindBestGpuLayers(PreparedForecast prepared, ModelShape shape, MemoryBudget budget)
    {
        var all = (shape.LayerWeights is { Count: > 0 } blocks ? blocks.Count : shape.Layers.Count) + 1;
        return FindBest(layers => prepared.WithPlacement(layers, prepared.Settings.CpuExpertLayers), shape, budget, (1, all - 1), [0, all]);
    }

    /// <summary>The number of layers whose experts stay in RAM with the farthest wall.</summary>
    private static int? FindBestCpuExperts(PreparedForecast prepared, ModelShape shape, int layers, MemoryBudget budget) =>
        layers - FindBest(onGpu => prepared.WithPlacement(layers + 1, layers - onGpu), shape, budget, (0, layers), []);

    /// <summary>
    /// The best number of what accelerators get. With each one more, RAM holds a longer context and the accelerators a shorter one, so the
    /// best number is where the two meet. Null where no context fits.
    /// </summary>
    private static int? FindBest(Func<int, PreparedForecast> prepare, ModelShape shape, MemoryBudget budget, (int Few, int Many) range,
        int[] also)
    {
        var (few, many) = range;
        while (few < many)
        {
            var middle = few + (many - few) / 2;
            if (ReachesAccelerators(prepare(middle), shape, budget))
                many = middle;
            else
                few = middle + 1;
        }
        var best = ((int[])[Math.Max(range.Few, few - 1), few, .. also]).Distinct()
            .Select(count => (Count: count, Place: FindWall(prepare(count), shape, budget)))
            .MaxBy(choice => DistanceOf(choice.Place.Verdict, choice.Place.Tokens));
        return best.Place.Verdict == WallVerdict.DoesNotFit ? null : best.Count;
    }

    /// <summary>Whether RAM alone holds as long a context as the accelerators alone. Where a context fits one of them and not the other,
    /// that is decided, so most placements need few contexts.</summary>
    private static bool ReachesAccelerators(PreparedForecast forecast, ModelShape shape, MemoryBudget budget)
    {
        var (ram, accelerator) = (budget with { Accelerator = s_unlimited, Accelerators = [] }, budget with { Host = s_unlimited });
        (bool Ram, bool Accelerator) FitsAt(int tokens)
        {
            var row = forecast.Compute(tokens);
            return (Fits(row, shape, ram), Fits(row, shape, accelerator));
        }
        if (FitsAt(1) is not (true, true) and var first)
            return first.Ram || !first.Accelerator;
        if (FitsAt(TokenCount.MaxValue) is not (false, false) and var last)
            return last.Ram;
        int fits = 1, tooLarge = TokenCount.MaxValue;
        while (tooLarge - fits > 1)
        {
            var middle = fits + (tooLarge - fits) / 2;
            var at = FitsAt(middle);
            if (at.Ram != at.Accelerator)
                return at.Ram;
            (fits, tooLarge) = at.Ram ? (middle, tooLarge) : (fits, middle);
        }
        return true;
    }

    private static ModelShape Scaled(ModelShape shape, double factor) => shape with
    {
        WeightBytes = (long)(shape.WeightBytes * factor)!,
        ActiveWeightBytes = (long?)(shape.ActiveWeightBytes * factor),
        InputWeightBytes = (long?)(shape.InputWeightBytes * factor),
        OutputWeightBytes = (long?)(shape.OutputWeightBytes * factor),
        LayerWeights = shape.LayerWeights is null ? null
            : [.. shape.LayerWeights.Select(layer => new LayerWeights((long)(layer.Bytes * factor), (long)(layer.ExpertBytes * factor)))],
        WeightTensors = shape.WeightTensors is null ? null
            : [.. shape.WeightTensors.Select(tensor => tensor with { Bytes = (long)(tensor.Bytes * factor) })],
    };

    private static WallMove Evaluate(string change, PreparedForecast forecast, ModelShape shape, MemoryBudget budget)
    {
        var (verdict, tokens) = FindWall(forecast, shape, budget);
        return new WallMove(change, verdict, tokens);
    }

    private static bool IsFarther(WallMove move, WallVerdict verdict, int? tokens) =>
        DistanceOf(move.Verdict, move.WallTokens) > DistanceOf(verdict, tokens);

    private static long DistanceOf(WallVerdict verdict, int? tokens) => verdict == WallVerdict.Unlimited ? long.MaxValue : tokens ?? 0;
}
