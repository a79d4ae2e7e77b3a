using System.Text.Json;
using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>Makes a generation of the body of <c>/api/generate</c>, with defaults for what is absent. <c>shift</c> is ignored: this server
/// never drops tokens silently, an answer ends where the window is full.</summary>
internal sealed class RequestReader(RequestDefaults defaults)
{
    /// <exception cref="RefusedException">A field is wrong, or does not go together with another.</exception>
    public GenerateRequest Read(JsonElement body) => Create(BodyReader.Read(body, BodyReader.Json.GenerateBody));

    /// <exception cref="RefusedException">A field does not go together with another.</exception>
    public GenerateRequest Create(GenerateBody body)
    {
        var options = body.Options ?? new GenerateOptions();
        var extension = body.Extension ?? new GenerateExtension();
        return new GenerateRequest
        {
            Prompt = body.Prompt ?? "",
            PromptTokens = (int[]?)extension.PromptTokens,
            Stream = body.Stream ?? true,
            Truncate = body.Truncate ?? false,
            KeepAlive = KeepAliveParser.Parse(body.KeepAlive),
            Model = CreateModelOptions(options),
            Context = CreateContextOptions(options),
            MaxOutputTokens = options.OutputTokens is { } tokens and >= 0 ? tokens : null,
            Sampling = new SamplingOptions(options.Temperature ?? 0, options.TopK ?? 40, options.TopP ?? 0.9f, (uint)(options.Seed ?? 0)),
            StopSequences = ReadStop(options.Stop),
            IgnoreEos = extension.IgnoreEos ?? false,
            UsePromptCache = extension.PromptCache ?? true,
            SkipPromptTokens = extension.SkipPromptTokens ?? 0,
            ProbeDepths = extension.ProbeDepths ?? [],
            ProbeBatchTokens = extension.ProbeBatchTokens,
            ResumeState = extension.ResumeState ?? false,
            SaveState = extension.SaveState ?? false,
            ReportProgress = extension.PromptProgress ?? false,
            ReportTokenTimes = extension.TokenTimes ?? false,
        };
    }

    private static ModelOptions CreateModelOptions(GenerateOptions options)
    {
        var hasTier = options.Tier is not null;
        if (hasTier)
        {
            CheckWithTier("load_mode", options.LoadMode ?? "mmap", "mmap");
            CheckWithTier("num_gpu", options.GpuLayers ?? 0, 0);
            // Repacked weights are a copy in memory, which the tier is there to save.
            CheckWithTier("repack", options.Repack is true ? "true" : "false", "false");
        }
        return new ModelOptions(
            options.LoadMode switch { "no_mmap" => LoadMode.NoMmap, "mlock" => LoadMode.Mlock, _ => LoadMode.Mmap },
            options.GpuLayers ?? 0,
            options.Repack ?? !hasTier);
    }

    private ContextOptions CreateContextOptions(GenerateOptions options)
    {
        var kvType = options.KvType ?? "f16";
        bool? flash = options.FlashAttention switch { "on" => true, "off" => false, _ => null };
        if (kvType != "f16" && flash == false)
            throw new RefusedException(400, $"kv_type: {kvType} needs flash attention, which is off");
        var tier = CreateTierPlan(options.Tier);
        if (tier is not null && flash == false)
            throw new RefusedException(400, "tier: it streams keys and values row by row, which needs flash attention, and that is off");
        var window = options.WindowTokens ?? defaults.WindowTokens;
        if (defaults.TrainedContext is { } trained && window > trained)
            throw new RefusedException(400, $"num_ctx: {window} is more than the {trained} tokens that the model was trained for");
        var threads = options.Threads ?? defaults.Threads;
        return new ContextOptions(window, kvType, tier is null ? flash : true, options.BatchTokens ?? defaults.BatchTokens, threads,
            options.PrefillThreads ?? threads)
        { Tier = tier };
    }

    private static TierPlan? CreateTierPlan(TierOption? tier) => tier is null ? null : new TierPlan
    {
        Folder = tier.Folder is { Length: > 0 } folder && Path.IsPathFullyQualified(folder)
            ? folder
            : throw new RefusedException(400, "tier.folder: it is missing or not a full path"),
        MemoryBytes = tier.MemoryBytes,
        StorageBytes = tier.StorageBytes,
        BandwidthBytesPerSecond = tier.BandwidthBytesPerSecond,
        Latency = tier.LatencyNanoseconds is { } latency ? TimeSpan.FromTicks(latency / TimeSpan.NanosecondsPerTick) : null,
    };

    private static void CheckWithTier<T>(string name, T value, T needed)
        where T : notnull
    {
        if (!value.Equals(needed))
            throw new RefusedException(400, $"{name}: {value} does not go together with tier, which needs {needed}");
    }

    private static IReadOnlyList<string> ReadStop(JsonElement? stop) => stop switch
    {
        null or { ValueKind: JsonValueKind.Null } => [],
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Array } many when many.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            [.. many.EnumerateArray().Select(item => item.GetString()!).Where(text => text.Length > 0)],
        var other => throw new RefusedException(400, $"stop: {other.Value.GetRawText()} is not a text or an array of texts"),
    };
}

/// <summary>What applies where a request does not say.</summary>
internal sealed record RequestDefaults(int WindowTokens, int BatchTokens, int Threads, int? TrainedContext);
