using MemoryWall.Core.Plan;
using MemoryWall.Protocol;

namespace MemoryWall.Targets.Embedded;

/// <summary>The requests to one embedded server. It asks only for extensions that the server announced.</summary>
internal sealed class EmbeddedRequestBuilder(string model, TargetOptions options, EmbeddedCapabilities capabilities)
{
    // Long enough for anything between two trials; not unlimited, which would outlive the run.
    private const string KeepAlive = "30m";

    /// <summary>Requested settings that this server cannot be given, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; } = UnsupportedSettings(options, capabilities).ToList();

    /// <summary>An empty prompt loads the model.</summary>
    public GenerateBody Load(int windowTokens) => CreateBody("", CreateOptions(windowTokens), new GenerateExtension());

    /// <summary>Sets how long the model stays from now on; <c>0s</c> unloads it.</summary>
    public GenerateBody SetKeepAlive(int windowTokens, string keepAlive) =>
        CreateBody("", CreateOptions(windowTokens), null) with { KeepAlive = EmbeddedJson.ToElement(keepAlive) };

    /// <summary>One token, for the prompt's count.</summary>
    public GenerateBody CountTokens(string prompt, int windowTokens) =>
        CreateBody(prompt, CreateOptions(windowTokens) with { OutputTokens = 1 }, new GenerateExtension());

    public GenerateBody Infer(InferenceRequest request)
    {
        var ids = Ask(EmbeddedProtocol.TokenIds, request.Prompt.TokenIds);
        var extension = new GenerateExtension
        {
            PromptTokens = ids,
            IgnoreEos = Ask(EmbeddedProtocol.IgnoreEos, true),
            PromptCache = Ask(EmbeddedProtocol.NoPromptCache, request.WarmPrefix),
            SkipPromptTokens = Ask(EmbeddedProtocol.SkipPrefill, request.SkipPromptTokens),
            SaveState = request.KvCacheAction == KvCacheAction.Save ? Ask(EmbeddedProtocol.SavedKvState, true) : null,
            ResumeState = request.KvCacheAction == KvCacheAction.Resume ? Ask(EmbeddedProtocol.SavedKvState, true) : null,
            PromptProgress = Ask(EmbeddedProtocol.PromptProgress, true),
            TokenTimes = Ask(EmbeddedProtocol.TokenTimes, true),
        };
        return CreateBody(ids is null ? request.Prompt.Text : "", CreateOptions(request.WindowTokens, request.OutputTokens), extension);
    }

    /// <summary>An incremental pass; only where <see cref="EmbeddedProtocol.DepthPass"/> was announced.</summary>
    public GenerateBody InferIncrementally(IncrementalRequest request) => CreateBody("",
        CreateOptions(request.WindowTokens, request.OutputTokens), new GenerateExtension
        {
            PromptTokens = request.Prompt.TokenIds,
            ProbeDepths = request.Contexts,
            IgnoreEos = true,
            PromptCache = false,
            PromptProgress = true,
            TokenTimes = true,
            ProbeBatchTokens = request.ComputedBatchTokens,
        });

    private GenerateBody CreateBody(string prompt, GenerateOptions settings, GenerateExtension? extension) => new()
    {
        Model = model,
        Prompt = prompt,
        Options = settings,
        KeepAlive = EmbeddedJson.ToElement(KeepAlive),
        Stream = true,
        Raw = true,
        Truncate = false,
        Extension = extension,
    };

    // The likeliest token: the cheapest choice, and the same every time.
    private GenerateOptions CreateOptions(int windowTokens, int outputTokens) =>
        CreateOptions(windowTokens) with { OutputTokens = outputTokens, Seed = 1, Temperature = 0 };

    private GenerateOptions CreateOptions(int windowTokens) => new()
    {
        WindowTokens = windowTokens,
        GpuLayers = options.GpuLayers,
        BatchTokens = options.BatchTokens,
        Threads = options.Threads,
        KvType = Ask(EmbeddedProtocol.KvType, options.KvType),
        FlashAttention = Ask(EmbeddedProtocol.FlashAttention, options.FlashAttention),
        LoadMode = Ask(EmbeddedProtocol.LoadMode, options.LoadMode),
        Tier = Ask(EmbeddedProtocol.Tier, TierMapping.ToOption(options.Tier)),
        PrefillThreads = Ask(EmbeddedProtocol.PrefillThreads, options.PrefillThreads),
    };

    private bool? Ask(string extension, bool value) => capabilities.Supports(extension) ? value : null;

    private int? Ask(string extension, int? value) => capabilities.Supports(extension) ? value : null;

    private T? Ask<T>(string extension, T? value)
        where T : class => capabilities.Supports(extension) ? value : null;

    private static IEnumerable<string> UnsupportedSettings(TargetOptions options, EmbeddedCapabilities capabilities)
    {
        foreach (var (setting, extension, isSet) in new[]
        {
            ("the KV type", EmbeddedProtocol.KvType, options.KvType is not null),
            ("flash attention", EmbeddedProtocol.FlashAttention, options.FlashAttention is not null),
            ("the storage tier", EmbeddedProtocol.Tier, options.Tier is not null),
            ("the number of threads for prefill", EmbeddedProtocol.PrefillThreads, options.PrefillThreads is not null),
        })
        {
            if (isSet && !capabilities.Supports(extension))
                yield return $"{setting} was not set: this server does not support it ({extension})";
        }
    }
}
