using MemoryWall.Core.Plan;
using MemoryWall.Protocol;

namespace MemoryWall.Targets.Embedded;

/// <summary>Builds the requests to one embedded server. They use only extensions that the server announced.</summary>
internal sealed class EmbeddedRequestBuilder(string model, TargetOptions options, EmbeddedCapabilities capabilities)
{
    // Longer than any pause between two trials, but not unlimited, so that the model does not stay loaded after a run that was killed.
    private const string KeepAlive = "30m";

    /// <summary>Sentences that name the requested settings that this server does not support.</summary>
    public IReadOnlyList<string> Notes { get; } = UnsupportedSettings(options, capabilities).ToList();

    /// <summary>An empty prompt loads the model.</summary>
    public GenerateBody Load(int windowTokens) => CreateBody("", CreateOptions(windowTokens), new GenerateExtension());

    /// <summary>Sets how long the model stays loaded from now on; <c>0s</c> unloads it.</summary>
    public GenerateBody SetKeepAlive(int windowTokens, string keepAlive) =>
        CreateBody("", CreateOptions(windowTokens), null) with { KeepAlive = EmbeddedJson.ToElement(keepAlive) };

    /// <summary>Generates one token, to get the token count of the prompt.</summary>
    public GenerateBody CountTokens(string prompt, int windowTokens) =>
        CreateBody(prompt, CreateOptions(windowTokens) with { OutputTokens = 1 }, new GenerateExtension());

    public GenerateBody Infer(InferenceRequest request)
    {
        var ids = IfSupported(EmbeddedProtocol.TokenIds, request.Prompt.TokenIds);
        var extension = new GenerateExtension
        {
            PromptTokens = ids,
            IgnoreEos = IfSupported(EmbeddedProtocol.IgnoreEos, true),
            PromptCache = IfSupported(EmbeddedProtocol.NoPromptCache, request.WarmPrefix || request.KeepsConversation),
            Conversation = request.KeepsConversation ? IfSupported(EmbeddedProtocol.Conversations, true) : null,
            SkipPromptTokens = IfSupported(EmbeddedProtocol.SkipPrefill, request.SkipPromptTokens),
            SaveState = request.KvCacheAction == KvCacheAction.Save ? IfSupported(EmbeddedProtocol.SavedKvState, true) : null,
            ResumeState = request.KvCacheAction == KvCacheAction.Resume ? IfSupported(EmbeddedProtocol.SavedKvState, true) : null,
            PromptProgress = IfSupported(EmbeddedProtocol.PromptProgress, true),
            TokenTimes = IfSupported(EmbeddedProtocol.TokenTimes, true),
            AnswerTokens = request.KeepsConversation ? IfSupported(EmbeddedProtocol.AnswerTokens, true) : null,
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

    /// <summary>How the model is loaded for all clients of a server, as its command line takes it.</summary>
    public static GenerateOptions ToLoadOptions(TargetOptions options, int? windowTokens) => new()
    {
        WindowTokens = windowTokens,
        GpuLayers = options.GpuLayers,
        BatchTokens = options.BatchTokens,
        Threads = options.Threads,
        KvType = options.KvType,
        FlashAttention = options.FlashAttention,
        LoadMode = options.LoadMode,
        Tier = TierMapping.ToOption(options.Tier),
        PrefillThreads = options.PrefillThreads,
        ConversationCache = ConversationMapping.ToOption(options.ConversationCache),
        ConversationRamBytes = options.CacheRamBytes,
    };

    // Temperature 0 takes the most likely token, which costs least and gives the same answer every time.
    private GenerateOptions CreateOptions(int windowTokens, int outputTokens) =>
        CreateOptions(windowTokens) with { OutputTokens = outputTokens, Seed = 1, Temperature = 0 };

    private GenerateOptions CreateOptions(int windowTokens)
    {
        var all = ToLoadOptions(options, windowTokens);
        return all with
        {
            KvType = IfSupported(EmbeddedProtocol.KvType, all.KvType),
            FlashAttention = IfSupported(EmbeddedProtocol.FlashAttention, all.FlashAttention),
            LoadMode = IfSupported(EmbeddedProtocol.LoadMode, all.LoadMode),
            Tier = IfSupported(EmbeddedProtocol.Tier, all.Tier),
            PrefillThreads = IfSupported(EmbeddedProtocol.PrefillThreads, all.PrefillThreads),
            ConversationCache = IfSupported(EmbeddedProtocol.Conversations, all.ConversationCache),
            ConversationRamBytes = IfSupported(EmbeddedProtocol.Conversations, all.ConversationRamBytes),
        };
    }

    private bool? IfSupported(string extension, bool value) => capabilities.Supports(extension) ? value : null;

    private long? IfSupported(string extension, long? value) => capabilities.Supports(extension) ? value : null;

    private int? IfSupported(string extension, int? value) => capabilities.Supports(extension) ? value : null;

    private T? IfSupported<T>(string extension, T? value)
        where T : class => capabilities.Supports(extension) ? value : null;

    private static IEnumerable<string> UnsupportedSettings(TargetOptions options, EmbeddedCapabilities capabilities)
    {
        foreach (var (setting, extension, isSet) in new[]
        {
            ("the KV type", EmbeddedProtocol.KvType, options.KvType is not null),
            ("flash attention", EmbeddedProtocol.FlashAttention, options.FlashAttention is not null),
            ("the storage tier", EmbeddedProtocol.Tier, options.Tier is not null),
            ("the number of threads for prefill", EmbeddedProtocol.PrefillThreads, options.PrefillThreads is not null),
            ("the cache of conversations", EmbeddedProtocol.Conversations, options.ConversationCache is not null),
        })
        {
            if (isSet && !capabilities.Supports(extension))
                yield return $"{setting} was not set: this server does not support it ({extension})";
        }
    }
}
