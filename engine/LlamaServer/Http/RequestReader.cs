using System.Text.Json;
using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>Reads the JSON body of <c>/api/generate</c>. What is wrong is named by its field; what is not known is ignored, as Ollama does.
/// <c>shift</c> is among that: this server never drops tokens behind the client's back, an answer ends where the window is full.</summary>
internal sealed class RequestReader(RequestDefaults defaults)
{
    public GenerateRequest Read(JsonElement body)
    {
        var options = ReadObject(body, "options");
        var ours = ReadObject(body, EmbeddedProtocol.ObjectName);
        var threads = ReadInt(options, "num_thread", 1, 1024) ?? defaults.Threads;
        var kvType = ReadChoice(options, EmbeddedProtocol.KvType, "f16", "q8_0", "q4_0") ?? "f16";
        bool? flash = (ReadChoice(options, EmbeddedProtocol.FlashAttention, "on", "off", "auto") ?? "auto") switch
        {
            "on" => true,
            "off" => false,
            _ => null
        };
        if (kvType != "f16" && flash == false)
            throw new RefusedException(400, $"kv_type: {kvType} needs flash attention, which is off");
        var tier = ReadTier(options);
        if (tier is not null && flash == false)
            throw new RefusedException(400, "tier: it streams keys and values row by row, which needs flash attention, and that is off");
        var window = ReadInt(options, "num_ctx", 1, int.MaxValue - 256) ?? defaults.WindowTokens;
        if (defaults.TrainedContext is { } trained && window > trained)
            throw new RefusedException(400, $"num_ctx: {window} is more than the {trained} tokens that the model was made for");
        return new GenerateRequest
        {
            Prompt = ReadText(body, "prompt") ?? "",
            PromptTokens = ReadInts(ours, "prompt_tokens"),
            Stream = ReadFlag(body, "stream") ?? true,
            Truncate = ReadFlag(body, "truncate") ?? false,
            KeepAlive = KeepAliveParser.Parse(Find(body, "keep_alive")),
            Model = new ModelOptions(
                RequireWithTier(tier, EmbeddedProtocol.LoadMode,
                    ReadChoice(options, EmbeddedProtocol.LoadMode, "mmap", "no_mmap", "mlock") ?? "mmap", "mmap") switch
                {
                    "no_mmap" =>
                        LoadMode.NoMmap,
                    "mlock" => LoadMode.Mlock,
                    _ => LoadMode.Mmap
                },
                RequireWithTier(tier, "num_gpu", ReadInt(options, "num_gpu", 0, 10_000) ?? 0, 0),
                // Repacked weights are a copy in memory, which is what the tier is there to save.
                RequireWithTier(tier, "repack", ReadFlag(options, "repack") ?? tier is null, false)),
            Context = new ContextOptions(window, kvType, tier is null ? flash : true,
                ReadInt(options, "num_batch", 1, 1 << 16) ?? defaults.BatchTokens, threads,
                ReadInt(options, "num_thread_batch", 1, 1024) ?? threads)
            { Tier = tier },
            MaxOutputTokens = ReadInt(options, "num_predict", int.MinValue, int.MaxValue) is { } predict and >= 0 ? predict : null,
            Sampling = new SamplingOptions(
                ReadFloat(options, "temperature", 0, 100) ?? 0, ReadInt(options, "top_k", 0, int.MaxValue) ?? 40,
                ReadFloat(options, "top_p", 0, 1) ?? 0.9f,
                (uint)(ReadInt(options, "seed", int.MinValue, int.MaxValue) ?? 0)),
            StopSequences = ReadTexts(options, "stop"),
            IgnoreEos = ReadFlag(ours, EmbeddedProtocol.IgnoreEos) ?? false,
            UsePromptCache = ReadFlag(ours, "prompt_cache") ?? true,
            SkipPromptTokens = ReadInt(ours, "jump_tokens", 0, int.MaxValue) ?? 0,
            ProbeDepths = ReadInts(ours, "probe_at") ?? [],
            ProbeBatchTokens = ReadInt(ours, "probe_batch", 1, int.MaxValue),
            ResumeState = ReadFlag(ours, "resume_state") ?? false,
            SaveState = ReadFlag(ours, "save_state") ?? false,
            ReportProgress = ReadFlag(ours, EmbeddedProtocol.PromptProgress) ?? false,
            ReportTokenTimes = ReadFlag(ours, EmbeddedProtocol.TokenTimes) ?? false,
        };
    }

    public static string? ReadText(JsonElement body, string name) => Find(body, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        var other => throw InvalidValue(name, other.Value, "a text"),
    };

    public static bool? ReadFlag(JsonElement? body, string name) => Find(body, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True or JsonValueKind.False } value => value.GetBoolean(),
        var other => throw InvalidValue(name, other.Value, "true or false"),
    };

    private static TierPlan? ReadTier(JsonElement? options)
    {
        if (options is not { } given || ReadObject(given, EmbeddedProtocol.Tier) is not { } tier)
            return null;
        return new TierPlan
        {
            Folder = ReadText(tier, "folder") is { Length: > 0 } folder && Path.IsPathFullyQualified(folder)
                ? folder
                : throw new RefusedException(400, "tier.folder: it is missing or not a full path"),
            MemoryBytes = ReadBytes(tier, "memory_bytes"),
            StorageBytes = ReadBytes(tier, "storage_bytes"),
            BandwidthBytesPerSecond = ReadBytes(tier, "bandwidth_bytes_per_second"),
            Latency = ReadBytes(tier, "latency_ns") is { } latency ? TimeSpan.FromTicks(latency / TimeSpan.NanosecondsPerTick) : null,
        };
    }

    private static T RequireWithTier<T>(TierPlan? tier, string name, T value, T needed)
        where T : notnull => tier is null || value.Equals(needed)
        ? value
        : throw new RefusedException(400, $"{name}: {value} cannot be had together with tier, which needs {needed}");

    private static long? ReadBytes(JsonElement body, string name)
    {
        if (Find(body, name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number > 0
            ? number
            : throw InvalidValue($"tier.{name}", value, "a whole number above 0");
    }

    private static JsonElement? ReadObject(JsonElement body, string name) => Find(body, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => value,
        var other => throw InvalidValue(name, other.Value, "an object"),
    };

    private static int? ReadInt(JsonElement? body, string name, int least, int most)
    {
        if (Find(body, name) is not { } value)
            return null;
        // Clients of other languages write whole numbers as fractions (2048.0); a true fraction is a mistake.
        var isWhole = value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number == Math.Truncate(number)
            && number >= least && number <= most;
        return isWhole ? (int)value.GetDouble() : throw InvalidValue(name, value, $"a whole number from {least} to {most}");
    }

    private static float? ReadFloat(JsonElement? body, string name, double least, double most)
    {
        if (Find(body, name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most
            ? (float)number
            : throw InvalidValue(name, value, FormattableString.Invariant($"a number from {least} to {most}"));
    }

    private static string? ReadChoice(JsonElement? body, string name, params string[] choices)
    {
        if (Find(body, name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.String && choices.Contains(value.GetString())
            ? value.GetString()
            : throw InvalidValue(name, value, $"one of {string.Join(", ", choices)}");
    }

    private static int[]? ReadInts(JsonElement? body, string name)
    {
        if (Find(body, name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array)
            throw InvalidValue(name, value, "an array of whole numbers");
        var numbers = new int[value.GetArrayLength()];
        var at = 0;
        foreach (var item in value.EnumerateArray())
            numbers[at++] = item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var number)
                ? number
                : throw InvalidValue($"{name}[{at - 1}]", item, "a whole number");
        return numbers;
    }

    private static IReadOnlyList<string> ReadTexts(JsonElement? body, string name) => Find(body, name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Array } many when many.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            [.. many.EnumerateArray().Select(item => item.GetString()!).Where(text => text.Length > 0)],
        var other => throw InvalidValue(name, other.Value, "a text or an array of texts"),
    };

    private static JsonElement? Find(JsonElement? body, string name) =>
        body is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out var value)
            && value.ValueKind != JsonValueKind.Null ? value : null;

    private static RefusedException InvalidValue(string name, JsonElement value, string right)
    {
        var text = value.GetRawText();
        return new RefusedException(400, $"{name}: {(text.Length > 100 ? text[..100] + "…" : text)} is not {right}");
    }
}

/// <summary>What holds where a request names nothing.</summary>
internal sealed record RequestDefaults(int WindowTokens, int BatchTokens, int Threads, int? TrainedContext);
