using System.Text.Json;
using MemoryWall.Facts;
using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.Http;

/// <summary>Reads the JSON body of <c>/api/generate</c>. What is wrong is named by its field; what is not known is ignored, as Ollama does.
/// <c>shift</c> is among that: this server never drops tokens behind the client's back, an answer ends where the window is full.</summary>
internal sealed class RequestReader(Defaults defaults)
{
    public GenerateRequest Read(JsonElement body)
    {
        var options = Object(body, "options");
        var ours = Object(body, EmbeddedProtocol.ObjectName);
        var threads = Number(options, "num_thread", 1, 1024) ?? defaults.Threads;
        var kvType = Choice(options, EmbeddedProtocol.KvType, "f16", "q8_0", "q4_0") ?? "f16";
        bool? flash = (Choice(options, EmbeddedProtocol.FlashAttention, "on", "off", "auto") ?? "auto") switch { "on" => true, "off" => false, _ => null };
        if (kvType != "f16" && flash == false)
            throw new RefusedException(400, $"kv_type: {kvType} needs flash attention, which is off");
        var tier = Tier(options);
        if (tier is not null && flash == false)
            throw new RefusedException(400, "tier: it streams keys and values row by row, which needs flash attention, and that is off");
        var window = Number(options, "num_ctx", 1, int.MaxValue - 256) ?? defaults.WindowTokens;
        if (defaults.TrainedContext is { } trained && window > trained)
            throw new RefusedException(400, $"num_ctx: {window} is more than the {trained} tokens that the model was made for");
        return new GenerateRequest
        {
            Prompt = Text(body, "prompt") ?? "",
            PromptTokens = Numbers(ours, "prompt_tokens"),
            Stream = Flag(body, "stream") ?? true,
            Truncate = Flag(body, "truncate") ?? false,
            KeepAlive = KeepAlive.Read(Find(body, "keep_alive")),
            Model = new ModelOptions(
                Fits(tier, EmbeddedProtocol.LoadMode, Choice(options, EmbeddedProtocol.LoadMode, "mmap", "no_mmap", "mlock") ?? "mmap", "mmap") switch { "no_mmap" => LoadMode.NoMmap, "mlock" => LoadMode.Mlock, _ => LoadMode.Mmap },
                Fits(tier, "num_gpu", Number(options, "num_gpu", 0, 10_000) ?? 0, 0),
                // Repacked weights are a copy in memory, which is what the tier is there to save.
                Fits(tier, "repack", Flag(options, "repack") ?? tier is null, false)),
            Context = new ContextOptions(window, kvType, tier is null ? flash : true, Number(options, "num_batch", 1, 1 << 16) ?? defaults.BatchTokens, threads, Number(options, "num_thread_batch", 1, 1024) ?? threads) { Tier = tier },
            PredictTokens = Number(options, "num_predict", int.MinValue, int.MaxValue) is { } predict and >= 0 ? predict : null,
            Sampling = new Sampling(
                Fraction(options, "temperature", 0, 100) ?? 0, Number(options, "top_k", 0, int.MaxValue) ?? 40, Fraction(options, "top_p", 0, 1) ?? 0.9f,
                (uint)(Number(options, "seed", int.MinValue, int.MaxValue) ?? 0)),
            Stop = Texts(options, "stop"),
            IgnoreEos = Flag(ours, EmbeddedProtocol.IgnoreEos) ?? false,
            PromptCache = Flag(ours, "prompt_cache") ?? true,
            JumpTokens = Number(ours, "jump_tokens", 0, int.MaxValue) ?? 0,
            ProbeAt = Numbers(ours, "probe_at") ?? [],
            ProbeBatch = Number(ours, "probe_batch", 1, int.MaxValue),
            ResumeState = Flag(ours, "resume_state") ?? false,
            SaveState = Flag(ours, "save_state") ?? false,
            ReportProgress = Flag(ours, EmbeddedProtocol.PromptProgress) ?? false,
            ReportTokenTimes = Flag(ours, EmbeddedProtocol.TokenTimes) ?? false,
        };
    }

    public static string? Text(JsonElement body, string name) => Find(body, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        var other => throw Wrong(name, other.Value, "a text"),
    };

    public static bool? Flag(JsonElement? body, string name) => Find(body, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True or JsonValueKind.False } value => value.GetBoolean(),
        var other => throw Wrong(name, other.Value, "true or false"),
    };

    private static TierPlan? Tier(JsonElement? options)
    {
        if (options is not { } given || Object(given, EmbeddedProtocol.Tier) is not { } tier)
            return null;
        return new TierPlan
        {
            Folder = Text(tier, "folder") is { Length: > 0 } folder && Path.IsPathFullyQualified(folder)
                ? folder
                : throw new RefusedException(400, "tier.folder: it is missing or not a full path"),
            MemoryBytes = Bytes(tier, "memory_bytes"),
            StorageBytes = Bytes(tier, "storage_bytes"),
            BandwidthBytesPerSecond = Bytes(tier, "bandwidth_bytes_per_second"),
            Latency = Bytes(tier, "latency_ns") is { } latency ? TimeSpan.FromTicks(latency / TimeSpan.NanosecondsPerTick) : null,
        };
    }

    private static T Fits<T>(TierPlan? tier, string name, T value, T needed)
        where T : notnull => tier is null || value.Equals(needed)
        ? value
        : throw new RefusedException(400, $"{name}: {value} cannot be had together with tier, which needs {needed}");

    private static long? Bytes(JsonElement body, string name)
    {
        if (Find(body, name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number > 0 ? number : throw Wrong($"tier.{name}", value, "a whole number above 0");
    }

    private static JsonElement? Object(JsonElement body, string name) => Find(body, name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => value,
        var other => throw Wrong(name, other.Value, "an object"),
    };

    private static int? Number(JsonElement? body, string name, int least, int most)
    {
        if (Find(body, name) is not { } value)
            return null;
        // Clients of other languages write whole numbers as fractions (2048.0); a true fraction is a mistake.
        var isWhole = value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number == Math.Truncate(number) && number >= least && number <= most;
        return isWhole ? (int)value.GetDouble() : throw Wrong(name, value, $"a whole number from {least} to {most}");
    }

    private static float? Fraction(JsonElement? body, string name, double least, double most)
    {
        if (Find(body, name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most
            ? (float)number
            : throw Wrong(name, value, FormattableString.Invariant($"a number from {least} to {most}"));
    }

    private static string? Choice(JsonElement? body, string name, params string[] choices)
    {
        if (Find(body, name) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.String && choices.Contains(value.GetString()) ? value.GetString() : throw Wrong(name, value, $"one of {string.Join(", ", choices)}");
    }

    private static int[]? Numbers(JsonElement? body, string name)
    {
        if (Find(body, name) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Array)
            throw Wrong(name, value, "an array of whole numbers");
        var numbers = new int[value.GetArrayLength()];
        var at = 0;
        foreach (var item in value.EnumerateArray())
            numbers[at++] = item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var number) ? number : throw Wrong($"{name}[{at - 1}]", item, "a whole number");
        return numbers;
    }

    private static IReadOnlyList<string> Texts(JsonElement? body, string name) => Find(body, name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Array } many when many.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
            [.. many.EnumerateArray().Select(item => item.GetString()!).Where(text => text.Length > 0)],
        var other => throw Wrong(name, other.Value, "a text or an array of texts"),
    };

    private static JsonElement? Find(JsonElement? body, string name) =>
        body is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static RefusedException Wrong(string name, JsonElement value, string right)
    {
        var text = value.GetRawText();
        return new RefusedException(400, $"{name}: {(text.Length > 100 ? text[..100] + "…" : text)} is not {right}");
    }
}

/// <summary>What holds where a request names nothing.</summary>
internal sealed record Defaults(int WindowTokens, int BatchTokens, int Threads, int? TrainedContext);
