using MemoryWall.Core.Plan;
using MemoryWall.Protocol;

namespace MemoryWall.Targets.Ollama;

/// <summary>The requests to one Ollama server. What decides how its runner is started is the same in all of them, or it would load the
/// model again.</summary>
internal sealed class OllamaRequestBuilder(string model, TargetOptions options, OllamaCapabilities dialect)
{
    // Long enough for anything between two trials; never "for ever", which would outlive the run.
    private const string KeepAlive = "30m";

    // A newer Ollama takes 512, 1024 or 2048 by the size of the context, which would make contexts differ in more than their size.
    private const int OllamaBatchTokens = 512;

    /// <summary>Settings asked for that this server cannot be given, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; } = UnsupportedSettings(options, dialect).ToList();

    /// <summary>An empty prompt loads the model.</summary>
    public ExtendedGenerateRequest Load(int windowTokens) => CreateRequest("", windowTokens, KeepAlive, dialect.IsEmbedded ? [] : null);

    /// <summary>Sets how long the model stays from now on; <c>0s</c> unloads it.</summary>
    public ExtendedGenerateRequest SetKeepAlive(int windowTokens, string keepAlive) => CreateRequest("", windowTokens, keepAlive, null);

    /// <summary>One token, for the prompt's count.</summary>
    public ExtendedGenerateRequest CountTokens(string prompt, int windowTokens)
    {
        var call = CreateRequest(prompt, windowTokens, KeepAlive, dialect.IsEmbedded ? [] : null);
        call.Options!.NumPredict = 1;
        return call;
    }

    public ExtendedGenerateRequest Infer(InferenceRequest request)
    {
        var ours = dialect.IsEmbedded ? new Dictionary<string, object>() : null;
        void Ask(string extension, string field, object value)
        {
            if (ours is not null && dialect.Supports(extension))
                ours[field] = value;
        }

        var ids = dialect.Supports(EmbeddedProtocol.TokenIds) ? request.Prompt.TokenIds : null;
        if (ids is not null)
            Ask(EmbeddedProtocol.TokenIds, "prompt_tokens", ids);
        Ask(EmbeddedProtocol.IgnoreEos, "ignore_eos", true);
        Ask(EmbeddedProtocol.NoPromptCache, "prompt_cache", request.WarmPrefix);
        Ask(EmbeddedProtocol.SkipPrefill, "jump_tokens", request.SkipPromptTokens);
        if (request.KvCacheAction == KvCacheAction.Save)
            Ask(EmbeddedProtocol.SavedKvState, "save_state", true);
        if (request.KvCacheAction == KvCacheAction.Resume)
            Ask(EmbeddedProtocol.SavedKvState, "resume_state", true);
        Ask(EmbeddedProtocol.PromptProgress, "prompt_progress", true);
        Ask(EmbeddedProtocol.TokenTimes, "token_times", true);
        var call = CreateRequest(ids is null ? request.Prompt.Text : "", request.WindowTokens, KeepAlive, ours);
        call.Options!.NumPredict = request.OutputTokens;
        SetSampling(call.Options);
        return call;
    }

    /// <summary>A depth pass; only where <c>depth_pass</c> was announced.</summary>
    public ExtendedGenerateRequest InferIncrementally(IncrementalRequest request)
    {
        var ours = new Dictionary<string, object>
        {
            ["prompt_tokens"] = request.Prompt.TokenIds!,
            ["probe_at"] = request.Contexts,
            ["ignore_eos"] = true,
            ["prompt_cache"] = false,
            ["prompt_progress"] = true,
            ["token_times"] = true,
        };
        if (request.ComputedBatchTokens is { } batch)
            ours["probe_batch"] = batch;
        var call = CreateRequest("", request.WindowTokens, KeepAlive, ours);
        call.Options!.NumPredict = request.OutputTokens;
        SetSampling(call.Options);
        return call;
    }

    private ExtendedGenerateRequest CreateRequest(string prompt, int windowTokens, string keepAlive, Dictionary<string, object>? ours) =>
        new()
        {
            Model = model,
            Prompt = prompt,
            Raw = true,
            Stream = true,
            Truncate = false,
            KeepAlive = keepAlive,
            ExtensionFields = ours,
            Options = new ExtendedRequestOptions
            {
                NumCtx = windowTokens,
                NumBatch = options.BatchTokens ?? (dialect.IsEmbedded ? null : OllamaBatchTokens),
                NumThread = options.Threads,
                NumGpu = options.GpuLayers,
                UseMmap = dialect.IsEmbedded ? null : options.LoadMode switch { "mmap" => true, "no_mmap" => false, _ => null },
                UseMlock = dialect.IsEmbedded || options.LoadMode != "mlock" ? null : true,
                KvType = dialect.Supports(EmbeddedProtocol.KvType) ? options.KvType : null,
                FlashAttention = dialect.Supports(EmbeddedProtocol.FlashAttention) ? options.FlashAttention : null,
                LoadMode = dialect.Supports(EmbeddedProtocol.LoadMode) ? options.LoadMode : null,
                Tier = dialect.Supports(EmbeddedProtocol.Tier) ? TierExtension.CreateOption(options.Tier) : null,
                NumThreadBatch = dialect.Supports(EmbeddedProtocol.PrefillThreads) ? options.PrefillThreads : null,
            },
        };

    // Ollama cannot be told to go on after an end-of-text token, and it aborts after about 31 equal ones. So: the likeliest 40 tokens only,
    // none below a tenth of the likeliest (an end that is merely possible is never drawn), chance enough not to circle, and a penalty that
    // keeps a token from following itself for long. All of it costs the same at every context. Where end-of-text can be ignored, the
    // likeliest token is taken: the cheapest choice, and the same every time.
    private void SetSampling(OllamaSharp.Models.RequestOptions sampling)
    {
        sampling.Seed = 1;
        sampling.Temperature = dialect.Supports(EmbeddedProtocol.IgnoreEos) ? 0 : 1;
        if (dialect.Supports(EmbeddedProtocol.IgnoreEos))
            return;
        sampling.TopK = 40;
        sampling.TopP = 1;
        sampling.MinP = 0.1f;
        sampling.RepeatPenalty = 1.2f;
        sampling.RepeatLastN = 64;
    }

    private static IEnumerable<string> UnsupportedSettings(TargetOptions options, OllamaCapabilities dialect)
    {
        if (options.KvType is { } type && !dialect.Supports(EmbeddedProtocol.KvType))
            yield return $"the KV type {type} was not set: this server takes it only from its environment (OLLAMA_KV_CACHE_TYPE)";
        if (options.FlashAttention is { } flash && !dialect.Supports(EmbeddedProtocol.FlashAttention))
            yield return $"flash attention {flash} was not set: this server takes it only from its environment (OLLAMA_FLASH_ATTENTION)";
        if (options.Tier is { } tier && !dialect.Supports(EmbeddedProtocol.Tier))
            yield return $"the storage tier in {tier.Folder} was not set: this server has none";
        if (options.PrefillThreads is { } threads && !dialect.Supports(EmbeddedProtocol.PrefillThreads))
            yield return FormattableString.Invariant(
                $"{threads} threads for prefill were not set: this server has one number of threads for both phases");
    }
}
