using System.Globalization;

namespace MemoryWall.Models.Paged;

/// <summary>
/// The cache that vLLM or SGLang makes of the memory that is left. Given that memory, blocks and tokens are exact
/// (<c>kv_cache_utils.py</c>, <c>profile_max_num_token</c>). The memory itself is an estimate: a server measures its activations and the
/// driver's part when it starts.
/// </summary>
internal sealed record PagedForecast
{
    // Of one token, gate, up and their product are alive, and three copies of the residual stream. On Llama-3.1-8B this is what vLLM
    // measured at 20,000 and 29,000 tokens (2.07 and 2.99 GiB).
    private const int LiveCopies = 3;

    // SGLang's default of --swa-full-tokens-ratio.
    private const double SlidingShare = 0.8;

    private static readonly string[] s_layers = ["model.layers.", "language_model.model.layers.", "model.language_model.layers."];

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>The server: <c>vllm</c> or <c>sglang</c>.</summary>
    public required string Engine { get; init; }

    /// <summary>GPUs that share each layer.</summary>
    public required int Gpus { get; init; }

    /// <summary>Memory of each GPU that the server takes; absent where the cache's memory was given.</summary>
    public long? UsableBytes { get; init; }

    /// <summary>Bytes of weights on each GPU. With several GPUs an estimate: matrices are split, vectors are not.</summary>
    public required long WeightsBytes { get; init; }

    /// <summary>Peak of the activations on each GPU, an estimate; absent where the cache's memory was given, and for SGLang, which leaves
    /// the rest of the memory to them.</summary>
    public long? ActivationBytes { get; init; }

    /// <summary>Memory of driver and libraries, an estimate or as given; absent where the cache's memory was given.</summary>
    public long? OtherBytes { get; init; }

    /// <summary>Memory of the cache on each GPU.</summary>
    public required long KvBytes { get; init; }

    /// <summary>Whether <see cref="KvBytes"/> is an estimate; otherwise it was given.</summary>
    public required bool IsEstimate { get; init; }

    /// <summary>Bytes of one token in all layers that store it, on one GPU.</summary>
    public required long TokenBytes { get; init; }

    /// <summary>Tokens of a block.</summary>
    public required int BlockTokens { get; init; }

    /// <summary>Blocks of the cache.</summary>
    public required long Blocks { get; init; }

    /// <summary>Tokens in the cache, as the server's log has it (<c>GPU KV cache size</c>, <c>max_total_num_tokens</c>).</summary>
    public required long Tokens { get; init; }

    /// <summary>Whether layers with a sliding window share the blocks with others. Servers count tokens of such a cache in different ways,
    /// and vLLM's newer versions print requests at once × longest request.</summary>
    public required bool IsMixed { get; init; }

    /// <summary>Requests at once, for each context.</summary>
    public required IReadOnlyList<PagedRow> Rows { get; init; }

    /// <summary>The cache of a checkpoint.</summary>
    /// <exception cref="FormatException">The settings do not fit the model; the message names the option.</exception>
    public static PagedForecast Compute(Checkpoint model, PagedSettings settings, IReadOnlyList<int> contexts)
    {
        Check(model, settings);
        checked
        {
            var layer = LayerTokenBytes(model, settings);
            var full = model.Windows.Count(window => window is null);
            var sliding = model.Windows.Count - full;
            var weights = SumWeights(model, settings.TensorParallel);
            var isVllm = settings.Engine == PagedEngine.Vllm;
            var usable = settings.KvMemory is null ? (long?)(settings.GpuMemory!.Value.Bytes * settings.Utilization) : null;
            long? activations = usable is null || !isVllm ? null : ActivationPeak(model, settings);
            long? other = usable is null ? null : settings.OtherMemory.Bytes;
            var cache = settings.KvMemory?.Bytes ?? Math.Max(0, usable!.Value - weights - (activations ?? 0) - other!.Value);
            var groups = Groups(full, sliding);
            var blocks = isVllm ? cache / (layer * settings.BlockTokens * groups.Layers)
                : (long)(cache / (layer * (full + (full > 0 ? SlidingShare : 1) * sliding))) / settings.BlockTokens;
            return new PagedForecast
            {
                Model = model.Name,
                Engine = isVllm ? "vllm" : "sglang",
                Gpus = settings.TensorParallel,
                UsableBytes = usable,
                WeightsBytes = weights,
                ActivationBytes = activations,
                OtherBytes = other,
                KvBytes = cache,
                IsEstimate = settings.KvMemory is null,
                TokenBytes = layer * model.Windows.Count,
                BlockTokens = settings.BlockTokens,
                Blocks = blocks,
                Tokens = (isVllm ? blocks / groups.Count : blocks) * settings.BlockTokens,
                IsMixed = full > 0 && sliding > 0,
                Rows = [.. contexts.Select(context => new PagedRow(context,
                    isVllm ? blocks / (double)RequestBlocks(model, settings, context, groups)
                        : blocks * (double)settings.BlockTokens / context))],
            };
        }
    }

    private static void Check(Checkpoint model, PagedSettings settings)
    {
        if (settings is { GpuMemory: null, KvMemory: null })
            throw new FormatException("--vram is needed: the memory of one GPU, for example 80GiB; or --kv-cache-memory");
        if (!(settings.Utilization is > 0 and <= 1))
            throw new FormatException("--gpu-memory-utilization must be above 0 and at most 1, for example 0.9");
        foreach (var (name, value) in new[]
        {
            ("--tensor-parallel", settings.TensorParallel), ("--block-size", settings.BlockTokens),
            ("--max-num-batched-tokens", settings.BatchedTokens), ("--max-model-len", settings.MaxModelTokens ?? 1),
        })
        {
            if (value < 1)
                throw new FormatException($"{name} is {value}; it must be 1 or more");
        }
        if (model.LatentLength is null && settings.TensorParallel > model.KvHeads ? settings.TensorParallel % model.KvHeads != 0
            : model.LatentLength is null && model.KvHeads % settings.TensorParallel != 0)
            throw new FormatException(
                $"--tensor-parallel is {settings.TensorParallel}; {model.KvHeads} key/value heads cannot be shared by it");
    }

    /// <summary>Bytes of one token in one layer on one GPU. Heads are shared by the GPUs, and copied where there are more GPUs than heads.
    /// A compressed key is on every GPU.</summary>
    private static long LayerTokenBytes(Checkpoint model, PagedSettings settings)
    {
        var element = settings.KvElementBytes ?? model.ElementBytes;
        return checked(model.LatentLength is { } latent ? (long)latent * element
            : 2L * Math.Max(1, model.KvHeads / settings.TensorParallel) * model.HeadLength * element);
    }

    private static long SumWeights(Checkpoint model, int gpus)
    {
        long split = 0, whole = 0;
        foreach (var tensor in model.Tensors)
        {
            if (model.HasTiedEmbeddings && tensor.Name is "lm_head.weight" || IsDraft(tensor.Name, model.Windows.Count))
                continue;
            if (tensor.Rank >= 2)
                split = checked(split + tensor.Bytes);
            else
                whole = checked(whole + tensor.Bytes);
        }
        // The table of rotary embeddings.
        var rotary = (model.MaxPositions ?? 0L) * model.HeadLength * model.ElementBytes;
        return checked(split / gpus + whole + (model.LatentLength is null ? rotary : 0));
    }

    /// <summary>Whether a tensor belongs to layers that only draft tokens (MTP), which servers load only to speculate: DeepSeek and GLM
    /// count them on after the last layer, Qwen names them.</summary>
    private static bool IsDraft(string tensor, int layers)
    {
        if (tensor.StartsWith("mtp.", StringComparison.Ordinal) || tensor.StartsWith("model.mtp", StringComparison.Ordinal))
            return true;
        // Encoders of images have layers too, of their own number.
        return s_layers.FirstOrDefault(name => tensor.StartsWith(name, StringComparison.Ordinal)) is { } start
            && int.TryParse(tensor[start.Length..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var layer)
            && layer >= layers;
    }

    private static long ActivationPeak(Checkpoint model, PagedSettings settings) => checked(
        Math.Min(settings.BatchedTokens, settings.MaxModelTokens ?? model.MaxPositions ?? int.MaxValue) * (long)model.ElementBytes
            * LiveCopies * (model.FeedForwardLength / settings.TensorParallel + model.HiddenSize));

    /// <summary>vLLM puts layers of one kind into groups of the same size, which share the blocks: as many layers as the rarer kind has
    /// (<c>_get_kv_cache_groups_uniform_page_size</c>); where the kinds are nearly as many, as the more frequent one has.</summary>
    private static (int Layers, int Count) Groups(int full, int sliding)
    {
        var (few, many) = (Math.Min(full, sliding), Math.Max(full, sliding));
        if (few == 0)
            return (many, 1);
        var size = many < few * 1.25 ? many : few;
        return (size, (full + size - 1) / size + (sliding + size - 1) / size);
    }

    private static long RequestBlocks(Checkpoint model, PagedSettings settings, int context, (int Layers, int Count) groups)
    {
        var whole = CountBlocks(context, settings);
        if (model.Windows.OfType<int>().ToList() is not { Count: > 0 } windows)
            return whole;
        var window = windows.Max();
        var sliding = Math.Min(CountBlocks(Math.Min(window - 1L + settings.BatchedTokens, context), settings) + 1, whole + 1);
        var fullGroups = (model.Windows.Count(one => one is null) + groups.Layers - 1) / groups.Layers;
        return fullGroups * whole + (groups.Count - fullGroups) * sliding;
    }

    private static long CountBlocks(long tokens, PagedSettings settings) => (tokens + settings.BlockTokens - 1) / settings.BlockTokens;
}

/// <summary>What the cache holds of one context.</summary>
/// <param name="ContextTokens">Tokens of each request.</param>
/// <param name="RequestsAtOnce">Requests of this length whose tokens fit at the same time; below 1 not even one.</param>
internal sealed record PagedRow(int ContextTokens, double RequestsAtOnce);
