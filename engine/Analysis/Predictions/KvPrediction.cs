using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Facts;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Analysis.Predictions;

/// <summary>The terms of the KV cache's bytes per token, of a model whose layers are alike.</summary>
/// <param name="Layers">Layers with a cache of their own.</param>
/// <param name="KvHeads">KV heads of a layer.</param>
/// <param name="KeyLength">Width of a key.</param>
/// <param name="ValueLength">Width of a value.</param>
/// <param name="BitsPerElement">Bits of an element, with its share of the scale.</param>
internal sealed record KvFormula(int Layers, int KvHeads, int KeyLength, int ValueLength, double BitsPerElement)
{
    private const double BitsPerByte = 8;

    /// <summary>Layers × KV heads × (key + value) × bytes of an element.</summary>
    public double BytesPerToken => Layers * KvHeads * (KeyLength + ValueLength) * BitsPerElement / BitsPerByte;
}

/// <summary>The KV cache of one window.</summary>
/// <param name="WindowTokens">The window that was asked for.</param>
/// <param name="Predicted">Bytes by the formula, in the steps in which llama.cpp reserves cells.</param>
/// <param name="Allocated">Bytes that the target reports to have allocated.</param>
internal sealed record KvAllocation(int WindowTokens, long Predicted, long Allocated);

/// <summary>The KV cache by its formula, beside what the target allocated.</summary>
internal sealed record KvPrediction
{
    /// <summary>The element type.</summary>
    public required string KvType { get; init; }

    /// <summary>The terms; absent where layers differ or the shape is unknown.</summary>
    public required KvFormula? Formula { get; init; }

    /// <summary>Each window, the smallest first; none where the shape or the allocation is unknown.</summary>
    public required IReadOnlyList<KvAllocation> Windows { get; init; }

    /// <summary>How far an allocation may be from its prediction and still agree, as a share.</summary>
    public required double MaxDeviation { get; init; }

    /// <summary>The largest deviation of an allocation from its prediction, as a share; absent without windows.</summary>
    public double? LargestDeviation => Windows.Count == 0
        ? null
        : Windows.Max(window => Math.Abs((double)window.Allocated / window.Predicted - 1));

    /// <summary>The KV cache of a run.</summary>
    public static KvPrediction Create(RunReport run)
    {
        var (shape, options) = (run.Manifest.Target.Shape, run.Manifest.Plan.Options);
        var settings = ForecastSettings.FromStored(options);
        var isKnown = shape is not null && MemoryForecast.FindProblems(shape, settings).Count == 0;
        return new KvPrediction
        {
            KvType = settings.UnknownKvType ?? settings.KeyType.Name,
            MaxDeviation = run.Rules.Estimates.KvForecastTolerance,
            Formula = shape is null || settings.UnknownKvType is not null ? null : FindFormula(shape, settings.KeyType),
            Windows = !isKnown ? [] : [.. run.Run.Trials.Where(trial => trial is { KvBytes: > 0, WindowTokens: > 0 })
                .DistinctBy(trial => trial.WindowTokens).OrderBy(trial => trial.WindowTokens)
                .Select(trial => new KvAllocation(trial.WindowTokens!.Value,
                    MemoryForecast.Compute(shape!, settings, trial.WindowTokens.Value).KvBytes, trial.KvBytes!.Value))],
        };
    }

    private static KvFormula? FindFormula(ModelShape shape, KvCacheType type) => shape.Layers.Distinct().ToList() switch
    {
        [AttentionLayer { SlidingWindow: null } layer] =>
            new KvFormula(shape.Layers.Count, layer.KvHeadCount, layer.KeyLength, layer.ValueLength, type.BitsPerElement),
        _ => null,
    };
}
