using System.Text.Json;
using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>Converts the body of <c>/api/generate</c> to a request, with defaults for absent fields. It ignores <c>shift</c>, because this
/// server never drops tokens: generation ends when the window is full.</summary>
/// <param name="defaults">The values of absent fields.</param>
/// <param name="served">The settings of a server for many clients; null where each request chooses how the model is loaded.</param>
internal sealed class RequestReader(RequestDefaults defaults, ServedSettings? served = null)
{
    /// <summary>Validates and converts a body.</summary>
    /// <exception cref="RefusedException">A field is not valid, or cannot be combined with another.</exception>
    public GenerateRequest Read(JsonElement body) => Create(BodyReader.Read(body, BodyReader.Json.GenerateBody));

    /// <summary>Converts a validated body.</summary>
    /// <exception cref="RefusedException">A field cannot be combined with another.</exception>
    public GenerateRequest Create(GenerateBody body)
    {
        var options = served is null ? body.Options ?? new GenerateOptions() : served.Apply(body.Options);
        var keepAlive = KeepAliveParser.Parse(body.KeepAlive);
        var extension = body.Extension ?? new GenerateExtension();
        var context = CreateContextOptions(options);
        PromptLength.Check(body, context.WindowTokens, defaults.LongestTokenBytes);
        return new GenerateRequest
        {
            Prompt = body.Prompt ?? "",
            PromptTokens = (int[]?)extension.PromptTokens,
            LongestTokenBytes = defaults.LongestTokenBytes,
            Stream = body.Stream ?? true,
            Truncate = body.Truncate ?? false,
            KeepAlive = served is null ? keepAlive : null,
            Model = CreateModelOptions(options),
            Context = context,
            MaxOutputTokens = options.OutputTokens is { } tokens and >= 0 ? tokens : null,
            Sampling = new SamplingOptions(options.Temperature ?? 0, options.TopK ?? 40, options.TopP ?? 0.9f, (uint)(options.Seed ?? 0)),
            StopSequences = ReadStop(options.Stop),
            IgnoreEos = extension.IgnoreEos ?? false,
            UsePromptCache = extension.PromptCache ?? true,
            SkipPromptTokens = extension.SkipPromptTokens ?? 0,
            ProbeDepths = extension.ProbeDepths ?? [],
            ProbeBatchTokens = extension.ProbeBatchTokens,
            KeepsConversations = served is not null || extension.Conversation == true,
            ComputesWholeBatches = extension.Conversation == true,
            ResumeState = extension.ResumeState ?? false,
            SaveState = extension.SaveState ?? false,
            ReportProgress = extension.PromptProgress ?? false,
            ReportTokenTimes = extension.TokenTimes ?? false,
            ReportAnswerTokens = extension.AnswerTokens ?? false,
        };
    }

    private static ModelOptions CreateModelOptions(GenerateOptions options)
    {
        if (options.Tier is not null)
        {
            CheckWithTier("load_mode", options.LoadMode ?? "mmap", "mmap");
            CheckWithTier("num_gpu", options.GpuLayers ?? 0, 0);
        }
        return new ModelOptions(
            options.LoadMode switch { "no_mmap" => LoadMode.NoMmap, "mlock" => LoadMode.Mlock, _ => LoadMode.Mmap },
            options.GpuLayers ?? 0,
            options.Repack ?? true);
    }

    private ContextOptions CreateContextOptions(GenerateOptions options)
    {
        var kvType = options.KvType ?? "f16";
        bool? flash = options.FlashAttention switch { "on" => true, "off" => false, _ => null };
        if (kvType != "f16" && flash == false)
            throw new RefusedException(400, $"kv_type: {kvType} needs flash attention; set flash_attention to on or auto");
        var tier = CreateTierPlan(options.Tier);
        if (tier is not null && flash == false)
            throw new RefusedException(400, "tier: it needs flash attention; set flash_attention to on or auto");
        var conversations = CreateConversationPlan(options, tier is not null);
        if (conversations is { Policy: CachePolicy.Ram } && flash == false)
            throw new RefusedException(400, "conversation_cache: ram needs flash attention; set flash_attention to on or auto");
        var window = options.WindowTokens ?? defaults.WindowTokens;
        if (defaults.TrainedContext is { } trained && window > trained)
            throw new RefusedException(400, $"num_ctx: {window} is more than the model's trained context of {trained} tokens");
        var threads = options.Threads ?? defaults.Threads;
        // Without flash attention the values of a token do not lie together.
        var needsFlash = tier is not null || conversations is { Policy: CachePolicy.Ram };
        return new ContextOptions(window, kvType, needsFlash ? true : flash, options.BatchTokens ?? defaults.BatchTokens, threads,
            options.PrefillThreads ?? threads)
        { Tier = tier, Conversations = conversations };
    }

    private static ConversationPlan? CreateConversationPlan(GenerateOptions options, bool hasTier)
    {
        if (options is { ConversationCache: null, ConversationRamBytes: null })
            return null;
        var policy = options.ConversationCache switch
        {
            "recompute" => CachePolicy.Recompute,
            "ram" => CachePolicy.Ram,
            "tier" => CachePolicy.Tier,
            _ => hasTier ? CachePolicy.Tier : CachePolicy.Recompute,
        };
        if (policy == CachePolicy.Tier && !hasTier)
            throw new RefusedException(400, "conversation_cache: tier keeps conversations in the folder of options.tier, which is missing");
        if (policy != CachePolicy.Recompute && !OperatingSystem.IsLinux())
            throw new RefusedException(501, $"conversation_cache: {options.ConversationCache} needs Linux; use recompute");
        if (policy == CachePolicy.Ram && options.GpuLayers is > 0)
            throw new RefusedException(400, "conversation_cache: ram cannot copy a KV cache in accelerator memory; set num_gpu to 0");
        return new ConversationPlan(policy, options.ConversationRamBytes);
    }

    private static TierPlan? CreateTierPlan(TierOption? tier) => tier is null ? null : new TierPlan
    {
        Folder = tier.Folder is { Length: > 0 } folder && Path.IsPathFullyQualified(folder)
            ? folder
            : throw new RefusedException(400, $"tier.folder: '{tier.Folder}' is not a full path; give one such as /mnt/ssd/memwall"),
        MemoryBytes = tier.MemoryBytes,
        StorageBytes = tier.StorageBytes,
        BandwidthBytesPerSecond = tier.BandwidthBytesPerSecond,
        Latency = tier.LatencyNanoseconds is { } latency ? TimeSpan.FromTicks(latency / TimeSpan.NanosecondsPerTick) : null,
    };

    private static void CheckWithTier<T>(string name, T value, T needed)
        where T : notnull
    {
        if (!value.Equals(needed))
            throw new RefusedException(400, $"{name}: {value} cannot be combined with tier, which needs {needed}");
    }

    private static IReadOnlyList<string> ReadStop(JsonElement? stop) => stop switch
    {
        null or { ValueKind: JsonValueKind.Null } => [],
        { ValueKind: JsonValueKind.String } text => [text.GetString()!],
        { ValueKind: JsonValueKind.Array } many when many.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            [.. many.EnumerateArray().Select(item => item.GetString()!).Where(text => text.Length > 0)],
        var other => throw new RefusedException(400, $"stop: {other.Value.GetRawText()} is neither a text nor an array of texts"),
    };
}

/// <summary>The values of absent fields of a request.</summary>
internal sealed record RequestDefaults(int WindowTokens, int BatchTokens, int Threads, int? TrainedContext)
{
    /// <summary>Bytes of the vocabulary's longest token; null where text is not cut into pieces of it.</summary>
    public int? LongestTokenBytes { get; init; }
}
