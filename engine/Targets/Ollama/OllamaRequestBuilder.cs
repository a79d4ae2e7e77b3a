using MemoryWall.Core.Plan;
using OllamaSharp.Models;

namespace MemoryWall.Targets.Ollama;

/// <summary>Builds the requests to one Ollama server. All of them have the same load options, since Ollama loads the model again when one
/// of these changes.</summary>
internal sealed class OllamaRequestBuilder(string model, TargetOptions options)
{
    // Longer than any pause between two trials, but not unlimited, so that the model does not stay loaded after a run that was killed.
    private const string KeepAlive = "30m";

    // Newer versions of Ollama choose 512, 1024 or 2048 by the context, so contexts would differ in more than their length.
    private const int DefaultBatchTokens = 512;

    /// <summary>Sentences that name the requested settings that this server does not support.</summary>
    public IReadOnlyList<string> Notes { get; } = UnsupportedSettings(options).ToList();

    /// <summary>An empty prompt loads the model.</summary>
    public OllamaGenerateRequest Load(int windowTokens) => CreateRequest("", windowTokens, KeepAlive);

    /// <summary>Sets how long the model stays loaded from now on; <c>0s</c> unloads it.</summary>
    public OllamaGenerateRequest SetKeepAlive(int windowTokens, string keepAlive) => CreateRequest("", windowTokens, keepAlive);

    /// <summary>Generates one token, to get the token count of the prompt.</summary>
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
        if (inference.IsGreedy)
            SetGreedy(request.Options);
        else
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

    // Ollama always stops at an end-of-text token, and it aborts after about 31 equal tokens. So top_k limits the choice to 40 tokens,
    // min_p excludes an unlikely end-of-text token, temperature 1 avoids loops, and the penalty limits repetition of one token. The cost
    // of these settings is the same at every context.
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

    private static void SetGreedy(RequestOptions sampling)
    {
        sampling.Seed = 1;
        sampling.Temperature = 0;
        sampling.RepeatPenalty = 1;
    }

    private static IEnumerable<string> UnsupportedSettings(TargetOptions options)
    {
        if (options.KvType is { } type)
            yield return $"the KV type {type} was not set: Ollama reads it only from its environment (OLLAMA_KV_CACHE_TYPE)";
        if (options.FlashAttention is { } flash)
            yield return $"flash attention {flash} was not set: Ollama reads it only from its environment (OLLAMA_FLASH_ATTENTION)";
        if (options.Tier is { } tier)
            yield return $"the storage tier in {tier.Folder} was not set: Ollama has none";
        if (options.PrefillThreads is { } threads)
            yield return FormattableString.Invariant(
                $"{threads} threads for prefill were not set: Ollama has one number of threads for both phases");
    }
}
