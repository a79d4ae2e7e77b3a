using MemoryWall.Core.Facts;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// Predicts the memory of a model as a function of its context, from its shape and llama.cpp's rules of allocation, without running it.
/// Verified against llama.cpp (ggml 0.18, commit 815a2a591) on the CPU backend; other servers and backends differ, mostly in the compute
/// buffer.
/// </summary>
internal static class MemoryForecast
{
    /// <summary>The reasons why llama.cpp would refuse these settings; empty for valid settings.</summary>
    public static IReadOnlyList<string> FindProblems(ModelShape shape, ForecastSettings settings) =>
        ForecastChecks.FindProblems(shape, Applied(shape, settings));

    /// <summary>Memory at one context.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="contextTokens">The context window in tokens (<c>n_ctx</c>), 1 or more. llama.cpp pads it to 256.</param>
    /// <exception cref="ArgumentException">The settings or the shape are invalid: see <see cref="FindProblems"/>.</exception>
    public static ForecastRow Compute(ModelShape shape, ForecastSettings settings, int contextTokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(contextTokens, 1);
        settings = Applied(shape, settings);
        ForecastChecks.ThrowIfInvalid(shape, settings);
        try
        {
            return ComputeRow(shape, settings, contextTokens);
        }
        catch (OverflowException)
        {
            throw new ArgumentException($"the sizes of model '{shape.Name ?? shape.Architecture}' are out of range", nameof(shape));
        }
    }

    /// <summary>Memory at several contexts and, with a budget, the wall.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="contexts">Context windows in tokens, each 1 or more.</param>
    /// <param name="budget">The budget; null for no wall.</param>
    /// <exception cref="ArgumentException">The settings or the shape are invalid: see <see cref="FindProblems"/>.</exception>
    public static ForecastTable ComputeTable(ModelShape shape, ForecastSettings settings, IEnumerable<int> contexts,
        MemoryBudget? budget = null) => new()
        {
            Model = shape.Name ?? shape.Architecture,
            KeyType = settings.KeyType.Name,
            ValueType = settings.ValueType.Name,
            FlashAttention = Applied(shape, settings).FlashAttention,
            Slots = settings.Sequences,
            UnifiedCache = settings.UnifiedCache,
            LogitsTokens = settings.OutputTokens,
            IsKnownArchitecture = KnownArchitectures.IsKnown(shape.Architecture),
            Rows = [.. contexts.Select(context => Compute(shape, settings, context))],
            Wall = budget is null ? null : FindWall(shape, settings, budget),
        };

    /// <summary>The largest context that fits a budget, and changes that would increase it.</summary>
    /// <exception cref="ArgumentException">
    /// The settings or the shape are invalid (see <see cref="FindProblems"/>), or the shape lacks the weight bytes or the vocabulary size.
    /// </exception>
    public static WallForecast FindWall(ModelShape shape, ForecastSettings settings, MemoryBudget budget) =>
        ForecastWallFinder.Find(shape, settings, budget);

    private static ForecastSettings Applied(ModelShape shape, ForecastSettings settings) =>
        KnownArchitectures.ForbidsFlashAttention(shape.Architecture) ? settings with { FlashAttention = false } : settings;

    private static ForecastRow ComputeRow(ModelShape shape, ForecastSettings settings, int contextTokens)
    {
        checked
        {
            var layout = new KvCacheLayout(settings, contextTokens);
            var widestValue = Math.Max(shape.WidestValueLength ?? 0, shape.Layers.Max(KvCacheLayout.ValueWidth));
            var offload = new Placement(shape, settings);
            var caches = new long[offload.DeviceCount];
            long kv = 0, recurrent = 0;
            var copies = settings.DraftTokens > 0 && KnownArchitectures.KeepsStatesForDrafts(shape.Architecture)
                ? 1 + settings.DraftTokens : 1;
            for (var i = 0; i < shape.Layers.Count; i++)
            {
                var layer = shape.Layers[i];
                var bytes = layout.LayerBytes(layer, widestValue) * (layer is RecurrentLayer ? copies : 1);
                if (layer is RecurrentLayer)
                    recurrent += bytes;
                else
                    kv += bytes;
                if (offload.CacheOf(i) is { } device)
                    caches[device] += bytes;
            }
            var offloadedKv = caches.Sum();
            var draft = DraftContext.ComputeBytes(shape, settings, layout);
            var whole = ComputeBuffer.ReservedBytes(shape, settings, layout);
            var compute = new ComputeBufferSplit(shape, settings, layout, offload, whole);
            // Without mmap, a tied embedding is stored twice: as it is for row lookups, and repacked for the output.
            var twice = settings is { Repack: true, MappedWeights: false } && !offload.IsUsed
                && shape is { OutputWeightBytes: 0, RepackCopyBytes: > 0 } ? shape.InputWeightBytes ?? 0 : 0;
            var needed = shape.WeightBytes + offload.CopiedEmbeddingBytes + twice + settings.ProjectorBytes
                + (settings.DraftTokens > 0 ? shape.DraftWeightBytes ?? 0 : 0);
            // An unknown copy counts as 0, so that the sum is still known.
            var weights = needed + (settings is { Repack: true, MappedWeights: true } && !offload.IsUsed ? shape.RepackCopyBytes ?? 0 : 0);
            var states = kv + recurrent + draft + settings.OtherBytes + (long)settings.BytesPerToken * contextTokens
                + layout.CellTableBytes(shape.Layers);
            var residentCompute = offload.IsUsed ? compute.Host + compute.Accelerator : ComputeBuffer.TouchedBytes(shape, settings, layout);
            var repacked = weights - needed;
            var anonymousWeights = settings.MappedWeights ? repacked : needed;
            return new ForecastRow
            {
                ContextTokens = contextTokens,
                WeightsBytes = weights,
                KvBytes = kv,
                RecurrentBytes = recurrent,
                DraftBytes = draft,
                ComputeBytes = compute.Host + (compute.Accelerator ?? 0),
                OtherBytes = settings.OtherBytes,
                ResidentBytes = needed + states + residentCompute,
                AnonymousBytes = anonymousWeights + states + residentCompute,
                TouchedBytesPerToken = (shape.ActiveWeightBytes ?? (shape.ExpertCount is null ? shape.WeightBytes : null)) + kv + recurrent,
                Host = new TierBytes(weights - offload.WeightBytes, kv + recurrent - offloadedKv,
                    compute.Host + settings.OtherBytes + draft),
                Accelerator = offload.IsUsed ? new TierBytes(offload.WeightBytes, offloadedKv, compute.Accelerator) : null,
                Accelerators = offload.IsUsed
                    ? [.. caches.Select((bytes, device) => new TierBytes(offload.WeightsOf(device), bytes, compute.Of(device)))] : null,
            };
        }
    }
}
