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
/// The model and its context in llama.cpp. Only the worker's thread may use it: OpenMP keeps a team of threads for each calling thread, so
/// calls from a thread pool would start new teams.
/// </summary>
internal sealed unsafe class ModelContext(string path, GgufHeader header, ModelShape shape, NativeLog log, AbortSignal abort) : IDisposable
{
    // llama.cpp pads the context to a multiple of this many cells.
    private const int ContextPadding = 256;

    // Marks a cell whose prefill was skipped.
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
    private RepackedWeights? _repacked;
    private KvStateStore? _states;
    private ConversationCache? _conversations;
    private (GenerateRequest? Request, int[] Tokens) _nextPrompt = (null, []);
    private float[]? _resumedLogits;

    public SafeLlamaModelHandle Model => _model ?? throw new InvalidOperationException("no model is loaded");

    public SafeLLamaContextHandle Context => _context ?? throw new InvalidOperationException("no context is made");

    public bool IsLoaded => _context is not null;

    public int WindowTokens => IsLoaded ? (int)Context.ContextSize : 0;

    public ContextOptions? Options => _contextOptions;

    public BufferSizes Buffers => log.Buffers;

    /// <summary>The storage tier; null for none.</summary>
    public ManagedTier? Tier => _tier;

    /// <summary>The cache of conversations; null for models whose KV cache cannot be cut.</summary>
    public ConversationCache? Conversations => !CanRollBack ? null : _conversations ??= new ConversationCache(this, CreatePlaces(),
        _contextOptions!.BatchTokens, FindNextPrompt);

    /// <summary>The cache of conversations as far as there is one, for other threads.</summary>
    public ConversationCache? ConversationsInUse => Volatile.Read(ref _conversations);

    /// <summary>Finds the request that is run next; null where none waits. Called on any thread.</summary>
    public Func<GenerateRequest?> FindNextRequest { get; set; } = () => null;

    private KvStateStore States => _states ??= new KvStateStore(
        _tier ?? throw new RefusedException(400, "memory_wall.resume_state, save_state: they need options.tier, which stores the states"),
        ModelFingerprint.Compute(path, header, FormattableString.Invariant(
            $"logits {_contextOptions!.KvType} {_contextOptions.BatchTokens} {(_repacked is null ? "" : ModelFingerprint.Processor)}")),
        Model.Vocab.Count);

    /// <summary>Stops the computation under way.</summary>
    public AbortSignal Abort => abort;

    /// <summary>The tokens whose keys and values are in the KV cache, in order.</summary>
    public List<int> CachedTokens { get; } = [];

    /// <summary>
    /// Tokens from the first that were computed in whole batches. A prompt that is computed from the first token has the same cells; those
    /// after them may differ in their last bits, because a batch of another size takes other kernels.
    /// </summary>
    public int WholeBatchTokens { get; private set; }

    /// <summary>Bytes of the KV cache that <see cref="FillSyntheticCells"/> fills.</summary>
    public long SyntheticKvBytes => _kvFiller.FilledBytes;

    /// <summary>Whether the last tokens can be removed from the KV cache and the rest used again.</summary>
    public bool CanRollBack => !shape.Layers.Any(layer => layer.HasState) && Model.SWACount == 0;

    /// <summary>Loads the model and creates the context with these options, unless that is already done.</summary>
    /// <returns>How long it took. This includes a first decode, so that the first prompt does not pay for page-ins and thread
    /// starts.</returns>
    public TimeSpan EnsureLoaded(ModelOptions model, ContextOptions context)
    {
        var started = Stopwatch.GetTimestamp();
        if (_context is null || _contextOptions != context || _modelOptions != model)
        {
            try
            {
                DropContext();
                if (context.Tier is { } plan)
                {
                    CreateTieredContext(model, context, plan);
                }
                else
                {
                    if (_model is null || _modelOptions != model)
                        ReplaceModel(model);
                    CreateContext(context);
                }
                WarmUp();
            }
            catch
            {
                // Otherwise an incomplete context would look complete, and its tier would keep the folder locked.
                DropContext();
                throw;
            }
        }
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Observes the graphs that are computed, until the result is disposed.</summary>
    public IDisposable AddListener(INodeListener listener) => _evaluation.AddListener(listener);

    /// <summary>Computes tokens after those in the KV cache.</summary>
    /// <returns>False where the computation was stopped; the KV cache is then as it was before, or empty where the model cannot remove
    /// cells.</returns>
    public bool Decode(ReadOnlySpan<int> tokens, bool wantLogits)
    {
        // Using the prompt's large batch for one token costs a third of a generation step.
        var batch = tokens.Length == 1 ? _tokenBatch : _promptBatch;
        _resumedLogits = null;
        batch.Clear();
        for (var i = 0; i < tokens.Length; i++)
            batch.Add(tokens[i], CachedTokens.Count + i, LLamaSeqId.Zero, wantLogits && i == tokens.Length - 1);
        // A skipped prefill does not change the contents of the cells.
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
            // A user who stops an answer goes on with the conversation.
            if (CanRollBack)
                Context.MemorySequenceRemove(LLamaSeqId.Zero, CachedTokens.Count, -1);
            else
                Clear();
            return false;
        }
        if (result != DecodeResult.Ok)
        {
            Clear();
            throw new RefusedException(500, $"llama.cpp could not decode a batch of {tokens.Length} tokens ({result}): {log.LastError}");
        }
        if (!_evaluation.IsSkipping && WholeBatchTokens == CachedTokens.Count && tokens.Length == _contextOptions!.BatchTokens)
            WholeBatchTokens += tokens.Length;
        foreach (var token in tokens)
            CachedTokens.Add(token);
        return true;
    }

    /// <summary>Clears the KV cache and fills all its cells with random values, as far as they are in the process's memory.</summary>
    public void FillSyntheticCells()
    {
        Clear();
        if (_tier is null)
            _kvFiller.Fill();
        else
            TieredKvFiller.FillRandom(_tier.Kv);
    }

    /// <summary>Adds tokens to the KV cache without computing them (skipped prefill): their cells keep their contents.</summary>
    /// <param name="tokens">The prompt.</param>
    /// <param name="targetCount">How many of its tokens are in the KV cache afterwards; nothing is done where it already has as
    /// many.</param>
    /// <returns>False where it was stopped; the KV cache is then empty.</returns>
    public bool SkipPrefill(ReadOnlySpan<int> tokens, int targetCount)
    {
        var from = CachedTokens.Count;
        using var skipping = _evaluation.BeginSkipping();
        while (CachedTokens.Count < targetCount)
        {
            if (!Decode(tokens.Slice(CachedTokens.Count, Math.Min(_contextOptions!.BatchTokens, targetCount - CachedTokens.Count)),
                wantLogits: false))
            {
                Clear();
                return false;
            }
        }
        CollectionsMarshal.AsSpan(CachedTokens)[from..].Fill(SyntheticToken);
        return true;
    }

    /// <summary>
    /// Clears the KV cache and loads the longest saved state that the tokens begin with. The scores that follow are those of a computed
    /// prompt to the last bit: all of a state's own prompt is loaded, with its logits; of a longer prompt, what follows the state's last
    /// whole batch is computed, because a token in a batch of another size has slightly other values.
    /// </summary>
    /// <returns>The result; null where it was stopped.</returns>
    public ResumeResult? ResumeState(int[] tokens)
    {
        Clear();
        var resumed = States.Load(tokens);
        // The loaded cells already have their contents, so their prefill is skipped.
        var batch = _contextOptions!.BatchTokens;
        var count = resumed.Tokens == tokens.Length ? tokens.Length : resumed.Tokens / batch * batch;
        if (count > 0 && !AdoptCells(tokens, count, count / batch * batch))
            return null;
        if (count == tokens.Length)
            _resumedLogits = resumed.Logits;
        return resumed with
        {
            Tokens = count,
            Note = resumed.Tokens > 0 && count == 0
                ? $"the saved state of {resumed.Tokens} tokens has no whole batch of {batch} tokens, and the prompt is longer"
                : resumed.Note,
        };
    }

    /// <summary>How many tokens from the first are the same in the KV cache and in a prompt.</summary>
    public int CountCommonTokens(ReadOnlySpan<int> prompt) => CollectionsMarshal.AsSpan(CachedTokens).CommonPrefixLength(prompt);

    /// <summary>Whether all cells of the KV cache were computed; skipped ones have random values.</summary>
    public bool HasComputedCells => !CachedTokens.Contains(SyntheticToken);

    /// <summary>Takes the first cells, whose contents were loaded (<see cref="BeginReplacement"/>), as those of a prompt's first
    /// tokens.</summary>
    /// <param name="tokens">The prompt.</param>
    /// <param name="count">How many of its tokens were loaded.</param>
    /// <param name="wholeBatchTokens">Those of them that were computed in whole batches.</param>
    /// <returns>False where it was stopped; the KV cache is then empty.</returns>
    public bool AdoptCells(ReadOnlySpan<int> tokens, int count, int wholeBatchTokens)
    {
        if (!SkipPrefill(tokens, count))
            return false;
        tokens[..count].CopyTo(CollectionsMarshal.AsSpan(CachedTokens));
        WholeBatchTokens = wholeBatchTokens;
        return true;
    }

    /// <summary>Gives up the tokens in the KV cache, whose first cells are about to get other contents.</summary>
    /// <param name="count">How many cells will be replaced.</param>
    public void BeginReplacement(int count)
    {
        // llama.cpp knows only the positions of cells, and the first have the same in every conversation. To take them anew would cost
        // 2 ms for each batch.
        RollBack(Math.Min(count, CachedTokens.Count));
        CollectionsMarshal.AsSpan(CachedTokens).Fill(SyntheticToken);
        WholeBatchTokens = 0;
    }

    /// <summary>Removes all tokens from the KV cache without clearing its cells.</summary>
    public void DropCells() => RollBack(0);

    /// <summary>Saves the KV cache of the current tokens.</summary>
    /// <param name="logits">The logits after the last of them.</param>
    public SaveResult SaveState(float[] logits) => States.Save([.. CachedTokens], logits);

    /// <summary>Whether the logits of the next token were loaded with a state, so that llama.cpp itself has none.</summary>
    public bool HasResumedLogits => _resumedLogits is not null;

    /// <summary>The logits of the next token.</summary>
    public ReadOnlySpan<float> Logits(int batchTokens) => _resumedLogits ?? Context.GetLogitsIth(batchTokens - 1);

    /// <summary>Keeps the first tokens of the KV cache and removes the rest. For 0 tokens it also clears the cells.</summary>
    public void KeepPrefix(int count)
    {
        if (count == 0)
        {
            Clear();
            return;
        }
        RollBack(count);
    }

    /// <summary>Removes the tokens after the first ones from the KV cache, without clearing their cells.</summary>
    public void RollBack(int count)
    {
        if (count < CachedTokens.Count)
            Context.MemorySequenceRemove(LLamaSeqId.Zero, count, -1);
        CachedTokens.RemoveRange(count, CachedTokens.Count - count);
        WholeBatchTokens = Math.Min(WholeBatchTokens, count / _contextOptions!.BatchTokens * _contextOptions.BatchTokens);
    }

    /// <summary>Frees the context and the model.</summary>
    public void Unload()
    {
        DropContext();
        FreeModel();
    }

    public void Dispose()
    {
        Unload();
        _evaluation.Dispose();
    }

    private void Clear()
    {
        CachedTokens.Clear();
        WholeBatchTokens = 0;
        _context?.MemoryClear(true);
    }

    private void ReplaceModel(ModelOptions options)
    {
        FreeModel();
        LoadModel(options);
    }

    private void LoadModel(ModelOptions options)
    {
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
            // Where mlock fails, llama.cpp continues with evictable pages. That would measure another load mode.
            if (options.LoadMode == LoadMode.Mlock && log.Warnings.Contains("mlock", StringComparison.Ordinal))
            {
                var warnings = log.Warnings;
                FreeModel();
                throw new RefusedException(500, $"load_mode: mlock failed: {warnings}");
            }
        }
        catch (Exception error) when (error is LoadWeightsFailedException or IOException or RuntimeError)
        {
            throw new RefusedException(500, $"the model could not be loaded: {DescribeError(error)}");
        }
    }

    private void CreateContext(ContextOptions options)
    {
        FreeContext();
        log.Reset(keepWeights: true);
        var parameters = LLamaContextParams.Default();
        parameters.n_ctx = (uint)((options.WindowTokens + ContextPadding - 1) / ContextPadding * ContextPadding);
        parameters.n_batch = (uint)options.BatchTokens;
        parameters.n_ubatch = (uint)options.BatchTokens;
        parameters.n_seq_max = 1;
        // As in llama.cpp's own programs, layers with a sliding window keep the window instead of the whole context.
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
        parameters.cb_eval = GraphEvaluation.Callback;
        parameters.cb_eval_user_data = _evaluation.UserData;
        parameters.abort_callback = AbortSignal.Callback;
        parameters.abort_callback_user_data = abort.UserData;
        try
        {
            using var lazy = _tier is null ? null : new LazyBuffers();
            var context = SafeLLamaContextHandle.Create(Model, parameters);
            // LLamaSharp returns an invalid handle where llama.cpp could not allocate. Using it would crash the process.
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

    // Loads twice where weights are repacked: the first time reads no weights and shows what the graph needs, from which the tier decides
    // what stays in memory.
    private void CreateTieredContext(ModelOptions model, ContextOptions options, TierPlan plan)
    {
        var plain = model with { Repack = false };
        if (_model is null || _modelOptions != plain)
            ReplaceModel(plain);
        if (shape.Layers.Any(layer => layer.HasState))
            throw new RefusedException(501, "tier: it cannot stream models with recurrent layers; leave the tier out");
        _tier = new ManagedTier(plan, path, header, abort);
        CreateContext(options);
        var survey = SurveyGraph();
        _tier.Plan(survey, EstimateComputeBytes(options), WindowTokens, options.BatchTokens);
        var note = model.Repack ? Repack(model, options, ref survey) : null;
        _tier.Start(survey, _repacked, note);
        _modelOptions = model;
        if (_tier.IsStreaming)
            _tierListener = _evaluation.AddListener(_tier);
    }

    // Returns why the weights are not repacked; null where they are.
    private string? Repack(ModelOptions model, ContextOptions options, ref GraphSurvey survey)
    {
        var repacked = _tier!.CreateRepackedWeights();
        if (repacked is null)
            return "this build of llama.cpp repacks weights in a way that the tier does not know";
        FreeContext();
        FreeModel();
        _repacked = repacked;
        string? note = null;
        try
        {
            using var lazy = new LazyBuffers();
            using var hook = new RepackHook(repacked);
            LoadModel(model);
            hook.ThrowIfFailed();
            _tier.CompleteRepacking(repacked);
        }
        catch (TierException full) when (full.Problem == TierProblem.NotEnoughStorage)
        {
            note = full.Message;
            ReplaceModel(model with { Repack = false });
        }
        CreateContext(options);
        survey = SurveyGraph();
        return note;
    }

    private GraphSurvey SurveyGraph()
    {
        var survey = new GraphSurvey { CanStreamKv = CanRollBack };
        using (_evaluation.AddListener(survey))
        {
            // The abort stops the graph before its second node: the survey sees the graph, but nothing is computed.
            abort.Request();
            var token = Model.Vocab.BOS is { } bos ? (int)bos : 0;
            Decode([token, token], wantLogits: true);
            abort.Clear();
        }
        return survey;
    }

    private long EstimateComputeBytes(ContextOptions options) => TierBudget.EstimateTouchedComputeBytes(shape,
        new TargetOptions { BatchTokens = options.BatchTokens, KvType = options.KvType, FlashAttention = "on" }, options.WindowTokens,
        log.Buffers.Compute);

    // Null where a conversation is dropped as soon as another one needs the context.
    private ConversationPlaces? CreatePlaces()
    {
        var options = _contextOptions!;
        var plan = options.Conversations ?? new ConversationPlan(_tier is null ? CachePolicy.Recompute : CachePolicy.Tier, null);
        if (plan.Policy == CachePolicy.Recompute)
            return null;
        var kv = _tier?.Kv ?? KvTier.InMemory(SurveyedModel.ListKv(SurveyGraph()));
        var spare = TierBudget.ComputeForCopies(plan.RamBytes, _tier?.SpareBytes, EstimateComputeBytes(options), WindowTokens);
        var identity = FormattableString.Invariant(
            $"conversation {options.KvType} {(_repacked is null ? "" : ModelFingerprint.Processor)}");
        return new ConversationPlaces(kv, new ConversationCopies(kv, spare, TierBudget.ReadFreeBytes), plan.Policy == CachePolicy.Ram
            ? null
            : new ConversationStore(_tier!, ModelFingerprint.Compute(path, header, identity), WindowTokens, options.BatchTokens))
        { IsStorageBusy = _tier?.IsStreaming == true };
    }

    // On the thread that moves conversations, which ends before the model is freed. The tokenizer only reads the vocabulary.
    private WaitingPrompt? FindNextPrompt()
    {
        if (FindNextRequest() is not { KeepsConversations: true, UsePromptCache: true, PromptSource: null } request)
            return null;
        // It is asked again with each request that arrives.
        if (_nextPrompt.Request != request)
            _nextPrompt = (request, request.PromptTokens ?? (request.Prompt.Length == 0
                ? []
                : NativeTokenizer.Tokenize(Model, request.Prompt, Model.Vocab.ShouldAddBOS).Tokens));
        return _nextPrompt.Tokens is { Length: > 0 } tokens
            ? new WaitingPrompt(tokens, request.ComputesWholeBatches ? request.Context.BatchTokens : null, 0)
            : null;
    }

    private void WarmUp()
    {
        using var listening = _evaluation.AddListener(_kvFiller);
        var token = Model.Vocab.BOS is { } bos ? (int)bos : 0;
        Decode([token, token], wantLogits: true);
        Decode([token], wantLogits: true);
        Clear();
    }

    private void DropContext()
    {
        // Its thread uses the KV cache, the tier and the model.
        _conversations?.Dispose();
        _conversations = null;
        _tierListener?.Dispose();
        _tierListener = null;
        FreeContext();
        _tier?.Dispose();
        _tier = null;
        _states = null;
        // Such a model has weights only where this tier put them.
        if (_repacked is not null)
            FreeModel();
    }

    private void FreeContext()
    {
        _context?.Dispose();
        _context = null;
        _contextOptions = null;
        _kvFiller.Reset();
        CachedTokens.Clear();
        WholeBatchTokens = 0;
    }

    private void FreeModel()
    {
        _model?.Dispose();
        _model = null;
        _modelOptions = null;
        _repacked?.Dispose();
        _repacked = null;
        log.Reset(keepWeights: false);
    }

    private string DescribeError(Exception error) => log.LastError is { Length: > 0 } text ? text : error.Message.ReplaceLineEndings(" ");
}
