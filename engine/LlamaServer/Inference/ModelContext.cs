using System.Diagnostics;
using System.Runtime.InteropServices;
using LLama.Exceptions;
using LLama.Native;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.Native;
using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Models.Gguf;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>
/// The model and its context in llama.cpp. Used by the worker's thread alone: OpenMP keeps a team of threads for each thread that calls
/// it, and a caller from a pool would start a new team each time.
/// </summary>
internal sealed unsafe class ModelContext(string path, GgufHeader header, ModelShape shape, NativeLog log, AbortSignal abort) : IDisposable
{
    // llama.cpp pads the context to this many cells.
    private const int ContextPadding = 256;

    // A cell that was taken without a prompt's token being computed into it.
    private const int SyntheticToken = -1;

    private readonly LLamaBatch _tokenBatch = new();
    private readonly GraphEvaluation _evaluation = new();
    private readonly RandomKvFiller _kvFiller = new();
    private LLamaBatch _promptBatch = new();
    private SafeLlamaModelHandle? _model;
    private SafeLLamaContextHandle? _context;
    private ModelOptions? _modelOptions;
    private ContextOptions? _contextOptions;
    private ManagedTier? _tier;
    private IDisposable? _tierListener;
    private KvStateStore? _states;

    public SafeLlamaModelHandle Model => _model ?? throw new InvalidOperationException("no model is loaded");

    public SafeLLamaContextHandle Context => _context ?? throw new InvalidOperationException("no context is made");

    public bool IsLoaded => _context is not null;

    public int WindowTokens => IsLoaded ? (int)Context.ContextSize : 0;

    public ContextOptions? Options => _contextOptions;

    public BufferSizes Buffers => log.Buffers;

    /// <summary>The storage tier; null where weights and KV cache lie where the system puts them.</summary>
    public ManagedTier? Tier => _tier;

    private KvStateStore States => _states ??= new KvStateStore(
        _tier ?? throw new RefusedException(400, "memory_wall.resume_state, save_state: they need options.tier, which keeps the states"),
        ModelFingerprint.Compute(path, header, FormattableString.Invariant($"{_contextOptions!.KvType} {_contextOptions.BatchTokens}")));

    /// <summary>Stops the computation under way.</summary>
    public AbortSignal Abort => abort;

    /// <summary>The tokens whose keys and values the context holds, in order.</summary>
    public List<int> CachedTokens { get; } = [];

    /// <summary>Bytes of the KV cache that a <see cref="SkipPrefill"/> fills.</summary>
    public long SyntheticKvBytes => _kvFiller.FilledBytes;

    /// <summary>Whether the end of what is held can be dropped and the rest used again.</summary>
    public bool CanRollBack => !shape.Layers.Any(layer => layer is RecurrentLayer) && Model.SWACount == 0;

    /// <summary>Makes model and context ready with these options; nothing is done where they are.</summary>
    /// <returns>How long it took; includes a first decode, so that page-ins and thread starts are not paid by the first prompt.</returns>
    public TimeSpan EnsureLoaded(ModelOptions model, ContextOptions context)
    {
        var started = Stopwatch.GetTimestamp();
        if (_model is null || _modelOptions != model)
            LoadModel(model);
        if (_context is null || _contextOptions != context)
        {
            try
            {
                CreateContext(context);
                StartTier();
                WarmUp();
            }
            catch
            {
                // Half a context would be taken for a whole one, and its tier would keep its folder.
                DropContext();
                throw;
            }
        }
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Computes tokens behind what is held.</summary>
    /// <returns>False where the computation was stopped; what is held is then forgotten.</returns>
    public bool Decode(ReadOnlySpan<int> tokens, bool wantLogits)
    {
        // A batch made for a prompt costs a third of a step's time when it is used for one token.
        var batch = tokens.Length == 1 ? _tokenBatch : _promptBatch;
        batch.Clear();
        for (var i = 0; i < tokens.Length; i++)
            batch.Add(tokens[i], CachedTokens.Count + i, LLamaSeqId.Zero, wantLogits && i == tokens.Length - 1);
        // Cells that are taken without computing keep what is in them.
        if (!_evaluation.IsSkipping)
            _tier?.BeginBatch(CachedTokens.Count, tokens.Length);
        var result = Context.Decode(batch);
        Context.Synchronize();
        if (_tier?.TakeFailure() is { } failure)
        {
            Clear();
            throw failure;
        }
        if (abort.IsRequested)
        {
            Clear();
            return false;
        }
        if (result != DecodeResult.Ok)
        {
            Clear();
            throw new RefusedException(500, $"llama.cpp could not decode a batch of {tokens.Length} tokens ({result}): {log.LastError}");
        }
        foreach (var token in tokens)
            CachedTokens.Add(token);
        return true;
    }

    /// <summary>Forgets what is held and fills all cells with random values, where they lie in the process's memory.</summary>
    public void FillSyntheticCells()
    {
        Clear();
        if (_tier is null)
            _kvFiller.Fill();
        else
            TieredKvFiller.FillRandom(_tier.Kv);
    }

    /// <summary>Takes cells behind what is held as they are, without computing what belongs in them: depth without the wait.</summary>
    /// <param name="tokens">The prompt.</param>
    /// <param name="targetCount">How many of its tokens are to be held then; where as many are held already, nothing is done.</param>
    /// <returns>False where it was stopped; what is held is then forgotten.</returns>
    public bool SkipPrefill(ReadOnlySpan<int> tokens, int targetCount)
    {
        var from = CachedTokens.Count;
        using var skipping = _evaluation.BeginSkipping();
        while (CachedTokens.Count < targetCount)
        {
            if (!Decode(tokens.Slice(CachedTokens.Count, Math.Min(_contextOptions!.BatchTokens, targetCount - CachedTokens.Count)),
                wantLogits: false))
                return false;
        }
        CollectionsMarshal.AsSpan(CachedTokens)[from..].Fill(SyntheticToken);
        return true;
    }

    /// <summary>Takes up the longest saved state that the tokens begin with; what is held is forgotten.</summary>
    /// <returns>What became of it; null where it was stopped.</returns>
    public ResumeResult? ResumeState(int[] tokens)
    {
        Clear();
        var resumed = States.Load(tokens);
        // The cells are taken without computing, then what belongs in them is there already; the last token is computed again for its
        // scores.
        var count = Math.Min(resumed.Tokens, tokens.Length - 1);
        if (count > 0 && !SkipPrefill(tokens, count))
            return null;
        for (var i = 0; i < count; i++)
            CachedTokens[i] = tokens[i];
        return resumed with { Tokens = count };
    }

    /// <summary>Saves the state of the tokens that are held.</summary>
    public SaveResult SaveState() => States.Save([.. CachedTokens]);

    /// <summary>Scores of the next token.</summary>
    public ReadOnlySpan<float> Logits(int batchTokens) => Context.GetLogitsIth(batchTokens - 1);

    /// <summary>Keeps the first tokens of what is held and drops the rest.</summary>
    public void KeepPrefix(int count)
    {
        if (count == 0)
        {
            Clear();
            return;
        }
        RollBack(count);
    }

    /// <summary>As <see cref="KeepPrefix"/>, and what is in the cells stays there.</summary>
    public void RollBack(int count)
    {
        if (count < CachedTokens.Count)
            Context.MemorySequenceRemove(LLamaSeqId.Zero, count, -1);
        CachedTokens.RemoveRange(count, CachedTokens.Count - count);
    }

    /// <summary>Lets go of context and model.</summary>
    public void Unload()
    {
        DropContext();
        _model?.Dispose();
        _model = null;
        log.Reset(keepWeights: false);
    }

    public void Dispose()
    {
        Unload();
        _evaluation.Dispose();
    }

    private void Clear()
    {
        CachedTokens.Clear();
        _context?.MemoryClear(true);
    }

    private void LoadModel(ModelOptions options)
    {
        Unload();
        var parameters = LLamaModelParams.Default();
        parameters.n_gpu_layers = options.GpuLayers;
        parameters.use_extra_bufts = options.Repack;
        parameters.load_mode = options.LoadMode switch
        {
            LoadMode.NoMmap => LLamaLoadMode.None,
            LoadMode.Mlock => LLamaLoadMode.MemoryMapAndLock,
            _ => LLamaLoadMode.MemoryMap,
        };
        try
        {
            _model = SafeLlamaModelHandle.LoadFromFile(path, parameters);
            _modelOptions = options;
            // llama.cpp goes on with pages that can be evicted; what is measured then would be another load mode.
            if (options.LoadMode == LoadMode.Mlock && log.Warnings.Contains("mlock", StringComparison.Ordinal))
            {
                var words = log.Warnings;
                Unload();
                throw new RefusedException(500, $"load_mode mlock: {words}");
            }
        }
        catch (Exception error) when (error is LoadWeightsFailedException or IOException or RuntimeError)
        {
            throw new RefusedException(500, $"the model could not be loaded: {DescribeError(error)}");
        }
    }

    private void CreateContext(ContextOptions options)
    {
        DropContext();
        log.Reset(keepWeights: true);
        var parameters = LLamaContextParams.Default();
        parameters.n_ctx = (uint)((options.WindowTokens + ContextPadding - 1) / ContextPadding * ContextPadding);
        parameters.n_batch = (uint)options.BatchTokens;
        parameters.n_ubatch = (uint)options.BatchTokens;
        parameters.n_seq_max = 1;
        // As llama.cpp's own programs do: layers with a sliding window keep the window, not the whole context.
        parameters.swa_full = false;
        parameters.n_threads = options.Threads;
        parameters.n_threads_batch = options.BatchThreads;
        parameters.type_k = parameters.type_v = options.KvType switch
        {
            "q8_0" => GGMLType.GGML_TYPE_Q8_0,
            "q4_0" => GGMLType.GGML_TYPE_Q4_0,
            _ => GGMLType.GGML_TYPE_F16,
        };
        parameters.llama_flash_attn_type = options.FlashAttention switch
        {
            true => LLamaFlashAttentionType.LLAMA_FLASH_ATTENTION_TYPE_ENABLED,
            false => LLamaFlashAttentionType.LLAMA_FLASH_ATTENTION_TYPE_DISABLED,
            null => LLamaFlashAttentionType.LLAMA_FLASH_ATTENTION_TYPE_AUTO,
        };
        if (options.Tier is { } tier)
        {
            if (!CanRollBack)
                throw new RefusedException(501,
                    "tier: models with recurrent layers or sliding windows keep more than rows of keys and values; it cannot stream them");
            _tier = new ManagedTier(tier, path, header, abort);
        }
        parameters.cb_eval = GraphEvaluation.Callback;
        parameters.cb_eval_user_data = _evaluation.UserData;
        parameters.abort_callback = AbortSignal.Callback;
        parameters.abort_callback_user_data = abort.UserData;
        try
        {
            using var lazy = _tier is null ? null : new LazyBuffers();
            var context = SafeLLamaContextHandle.Create(Model, parameters);
            // The binding hands out a handle to nothing where llama.cpp could not allocate; using it would end the process.
            if (context.IsInvalid)
                throw new RefusedException(500, $"the context of {parameters.n_ctx} tokens could not be created: {log.LastError}");
            _context = context;
            _contextOptions = options;
            _promptBatch = new LLamaBatch();
        }
        catch (RuntimeError error)
        {
            throw new RefusedException(500, $"the context of {parameters.n_ctx} tokens could not be created: {DescribeError(error)}");
        }
    }

    private void StartTier()
    {
        if (_tier is null)
            return;
        var survey = new GraphSurvey();
        using (_evaluation.AddListener(survey))
        {
            // Stopped before its second node: the graph is seen and not computed.
            abort.Request();
            var token = Model.Vocab.BOS is { } bos ? (int)bos : 0;
            Decode([token, token], wantLogits: true);
            abort.Clear();
        }
        _tier.Start(survey, EstimateComputeBytes(_contextOptions!), WindowTokens);
        _tierListener = _evaluation.AddListener(_tier);
    }

    private long EstimateComputeBytes(ContextOptions options) => TierBudget.EstimateTouchedComputeBytes(shape,
        new TargetOptions { BatchTokens = options.BatchTokens, KvType = options.KvType, FlashAttention = "on" }, options.WindowTokens,
        log.Buffers.Compute);

    private void WarmUp()
    {
        using var following = _evaluation.AddListener(_kvFiller);
        var token = Model.Vocab.BOS is { } bos ? (int)bos : 0;
        Decode([token, token], wantLogits: true);
        Decode([token], wantLogits: true);
        Clear();
    }

    private void DropContext()
    {
        _tierListener?.Dispose();
        _tierListener = null;
        _context?.Dispose();
        _context = null;
        _contextOptions = null;
        _tier?.Dispose();
        _tier = null;
        _states = null;
        _kvFiller.Reset();
        CachedTokens.Clear();
    }

    private string DescribeError(Exception error) => log.LastError is { Length: > 0 } words ? words : error.Message.ReplaceLineEndings(" ");
}
