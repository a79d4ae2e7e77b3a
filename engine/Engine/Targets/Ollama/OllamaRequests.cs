using MemoryWall.Facts;

namespace MemoryWall.Targets.Ollama;

/// <summary>The requests to one Ollama server. What decides how its runner is started is the same in all of them, or it would load the model again.</summary>
internal sealed class OllamaRequests(string model, TargetOptions options, Dialect dialect)
{
    // Long enough for anything between two trials; never "for ever", which would outlive the run.
    private const string KeepAlive = "30m";

    // A newer Ollama takes 512, 1024 or 2048 by the size of the context, which would make contexts differ in more than their size.
    private const int ForeignBatch = 512;

    /// <summary>Settings asked for that this server cannot be given, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; } = Unavailable(options, dialect).ToList();

    /// <summary>An empty prompt loads the model.</summary>
    public DialectRequest Load(int windowTokens) => Call("", windowTokens, KeepAlive, dialect.IsOurs ? [] : null);

    /// <summary>Sets how long the model stays from now on; <c>0s</c> unloads it.</summary>
    public DialectRequest Keep(int windowTokens, string keepAlive) => Call("", windowTokens, keepAlive, null);

    /// <summary>One token, for the prompt's count.</summary>
    public DialectRequest Count(string prompt, int windowTokens)
    {
        var call = Call(prompt, windowTokens, KeepAlive, dialect.IsOurs ? [] : null);
        call.Options!.NumPredict = 1;
        return call;
    }

    public DialectRequest Infer(InferenceRequest request)
    {
        var ours = dialect.IsOurs ? new Dictionary<string, object>() : null;
        void Ask(string extension, string field, object value)
        {
            if (ours is not null && dialect.Has(extension))
                ours[field] = value;
        }

        var ids = dialect.Has(EmbeddedProtocol.TokenIds) ? request.Prompt.TokenIds : null;
        if (ids is not null)
            Ask(EmbeddedProtocol.TokenIds, "prompt_tokens", ids);
        Ask(EmbeddedProtocol.IgnoreEos, "ignore_eos", true);
        Ask(EmbeddedProtocol.NoPromptCache, "prompt_cache", request.WarmPrefix);
        Ask(EmbeddedProtocol.SkipPrefill, "jump_tokens", request.JumpTokens);
        if (request.State == KvState.Save)
            Ask(EmbeddedProtocol.SavedKvState, "save_state", true);
        if (request.State == KvState.Resume)
            Ask(EmbeddedProtocol.SavedKvState, "resume_state", true);
        Ask(EmbeddedProtocol.PromptProgress, "prompt_progress", true);
        Ask(EmbeddedProtocol.TokenTimes, "token_times", true);
        var call = Call(ids is null ? request.Prompt.Text : "", request.WindowTokens, KeepAlive, ours);
        call.Options!.NumPredict = request.OutputTokens;
        Sample(call.Options);
        return call;
    }

    /// <summary>A depth pass; only where <c>depth_pass</c> was announced.</summary>
    public DialectRequest Pass(PassRequest request)
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
        if (request.SampledBatch is { } batch)
            ours["probe_batch"] = batch;
        var call = Call("", request.WindowTokens, KeepAlive, ours);
        call.Options!.NumPredict = request.OutputTokens;
        Sample(call.Options);
        return call;
    }

    private DialectRequest Call(string prompt, int windowTokens, string keepAlive, Dictionary<string, object>? ours) => new()
    {
        Model = model,
        Prompt = prompt,
        Raw = true,
        Stream = true,
        Truncate = false,
        KeepAlive = keepAlive,
        MemoryWall = ours,
        Options = new RunnerOptions
        {
            NumCtx = windowTokens,
            NumBatch = options.BatchTokens ?? (dialect.IsOurs ? null : ForeignBatch),
            NumThread = options.Threads,
            NumGpu = options.GpuLayers,
            UseMmap = dialect.IsOurs ? null : options.LoadMode switch { "mmap" => true, "no_mmap" => false, _ => null },
            UseMlock = dialect.IsOurs || options.LoadMode != "mlock" ? null : true,
            KvType = dialect.Has(EmbeddedProtocol.KvType) ? options.KvType : null,
            FlashAttention = dialect.Has(EmbeddedProtocol.FlashAttention) ? options.FlashAttention : null,
            LoadMode = dialect.Has(EmbeddedProtocol.LoadMode) ? options.LoadMode : null,
            Tier = dialect.Has(EmbeddedProtocol.Tier) ? TierFields.Option(options.Tier) : null,
            NumThreadBatch = dialect.Has(EmbeddedProtocol.PrefillThreads) ? options.PrefillThreads : null,
        },
    };

    // Ollama cannot be told to go on after an end-of-text token, and it aborts after about 31 equal ones. So: the likeliest 40 tokens only,
    // none below a tenth of the likeliest (an end that is merely possible is never drawn), chance enough not to circle, and a penalty that
    // keeps a token from following itself for long. All of it costs the same at every context. Where end-of-text can be ignored, the likeliest
    // token is taken: the cheapest choice, and the same every time.
    private void Sample(OllamaSharp.Models.RequestOptions sampling)
    {
        sampling.Seed = 1;
        sampling.Temperature = dialect.Has(EmbeddedProtocol.IgnoreEos) ? 0 : 1;
        if (dialect.Has(EmbeddedProtocol.IgnoreEos))
            return;
        sampling.TopK = 40;
        sampling.TopP = 1;
        sampling.MinP = 0.1f;
        sampling.RepeatPenalty = 1.2f;
        sampling.RepeatLastN = 64;
    }

    private static IEnumerable<string> Unavailable(TargetOptions options, Dialect dialect)
    {
        if (options.KvType is { } type && !dialect.Has(EmbeddedProtocol.KvType))
            yield return $"the KV type {type} was not set: this server takes it only from its environment (OLLAMA_KV_CACHE_TYPE)";
        if (options.FlashAttention is { } flash && !dialect.Has(EmbeddedProtocol.FlashAttention))
            yield return $"flash attention {flash} was not set: this server takes it only from its environment (OLLAMA_FLASH_ATTENTION)";
        if (options.Tier is { } tier && !dialect.Has(EmbeddedProtocol.Tier))
            yield return $"the storage tier in {tier.Folder} was not set: this server has none";
        if (options.PrefillThreads is { } threads && !dialect.Has(EmbeddedProtocol.PrefillThreads))
            yield return FormattableString.Invariant($"{threads} threads for prefill were not set: this server has one number of threads for both phases");
    }
}
