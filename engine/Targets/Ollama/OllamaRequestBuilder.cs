using MemoryWall.Core.Plan;
using OllamaSharp.Models;

namespace MemoryWall.Targets.Ollama;

/// <summary>The requests to one Ollama server. The options that decide how its runner is started are the same in all of them; otherwise it
/// would load the model again.</summary>
internal sealed class OllamaRequestBuilder(string model, TargetOptions options)
{
    // Long enough for anything between two trials; not unlimited, which would outlive the run.
    private const string KeepAlive = "30m";

    // A newer Ollama chooses 512, 1024 or 2048 by the size of the context, so contexts would differ in more than their size.
    private const int DefaultBatchTokens = 512;

    /// <summary>Requested settings that this server cannot be given, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; } = UnsupportedSettings(options).ToList();

    /// <summary>An empty prompt loads the model.</summary>
    public OllamaGenerateRequest Load(int windowTokens) => CreateRequest("", windowTokens, KeepAlive);

    /// <summary>Sets how long the model stays from now on; <c>0s</c> unloads it.</summary>
    public OllamaGenerateRequest SetKeepAlive(int windowTokens, string keepAlive) => CreateRequest("", windowTokens, keepAlive);

    /// <summary>One token, for the prompt's count.</summary>
    public OllamaGenerateRequest CountTokens(string prompt, int windowTokens)
    {
        var request = CreateRequest(prompt, windowTokens, KeepAlive);
        request.Options!.NumPredict = 1;
        return request;
    }

    public OllamaGenerateRequest Infer(InferenceRequest inference)
    {
        var request = CreateRequest(inference.Prompt.Text, inference.WindowTokens, KeepAlive);
        request.Options!.NumPredict = inference.OutputTokens;
        SetSampling(request.Options);
        return request;
    }

    private OllamaGenerateRequest CreateRequest(string prompt, int windowTokens, string keepAlive) => new()
    {
        Model = model,
        Prompt = prompt,
        Raw = true,
        Stream = true,
        Truncate = false,
        KeepAlive = keepAlive,
        Options = new RequestOptions
        {
            NumCtx = windowTokens,
            NumBatch = options.BatchTokens ?? DefaultBatchTokens,
            NumThread = options.Threads,
            NumGpu = options.GpuLayers,
            UseMmap = options.LoadMode switch { "mmap" => true, "no_mmap" => false, _ => null },
            UseMlock = options.LoadMode == "mlock" ? true : null,
        },
    };

    // Ollama cannot be told to go on after an end-of-text token, and it aborts after about 31 equal tokens. So: the likeliest 40 tokens
    // only, none below a tenth of the likeliest (an end that is merely possible is never drawn), enough chance not to circle, and a penalty
    // that keeps a token from following itself for long. All of it costs the same at every context.
    private static void SetSampling(RequestOptions sampling)
    {
        sampling.Seed = 1;
        sampling.Temperature = 1;
        sampling.TopK = 40;
        sampling.TopP = 1;
        sampling.MinP = 0.1f;
        sampling.RepeatPenalty = 1.2f;
        sampling.RepeatLastN = 64;
    }

    private static IEnumerable<string> UnsupportedSettings(TargetOptions options)
    {
        if (options.KvType is { } type)
            yield return $"the KV type {type} was not set: this server takes it only from its environment (OLLAMA_KV_CACHE_TYPE)";
        if (options.FlashAttention is { } flash)
            yield return $"flash attention {flash} was not set: this server takes it only from its environment (OLLAMA_FLASH_ATTENTION)";
        if (options.Tier is { } tier)
            yield return $"the storage tier in {tier.Folder} was not set: this server has none";
        if (options.PrefillThreads is { } threads)
            yield return FormattableString.Invariant(
                $"{threads} threads for prefill were not set: this server has one number of threads for both phases");
    }
}
