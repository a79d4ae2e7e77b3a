using System.Text.Json;
using MemoryWall.Facts;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Ollama;

/// <summary>One line of an answer, read for what it tells and nothing else. What a line lacks is absent.</summary>
internal sealed record OllamaFrame
{
    public bool HasContent { get; private init; }

    public bool HasReasoning { get; private init; }

    public bool Done { get; private init; }

    public string? DoneReason { get; private init; }

    public string? Error { get; private init; }

    public TimeSpan? Total { get; private init; }

    public TimeSpan? Load { get; private init; }

    public int? PromptTokens { get; private init; }

    public TimeSpan? Prefill { get; private init; }

    public int? OutputTokens { get; private init; }

    public TimeSpan? Generation { get; private init; }

    /// <summary>Prompt tokens done, in a progress frame of the embedded server.</summary>
    public int? PrefillDone { get; private init; }

    /// <summary>When each token of this frame was chosen, or the progress was reached, by the embedded server's own clock.</summary>
    public IReadOnlyList<TimeSpan> Native { get; private init; } = [];

    /// <summary>The embedded server's report.</summary>
    public OllamaReport? Report { get; private init; }

    /// <summary>Reads a line; null where it is no JSON object.</summary>
    public static OllamaFrame? Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static OllamaFrame Read(JsonElement root)
    {
        var ours = Json.Object(root, Dialect.Field);
        var progress = Json.Object(ours, Dialect.PromptProgress);
        return new OllamaFrame
        {
            HasContent = Json.Text(root, "response") is { Length: > 0 },
            HasReasoning = Json.Text(root, "thinking") is { Length: > 0 },
            Done = Json.Flag(root, "done") ?? false,
            DoneReason = Json.Text(root, "done_reason"),
            Error = Json.AnyText(root, "error"),
            Total = Json.Nanoseconds(root, "total_duration"),
            Load = Json.Nanoseconds(root, "load_duration"),
            PromptTokens = Json.Count(root, "prompt_eval_count"),
            Prefill = Json.Nanoseconds(root, "prompt_eval_duration"),
            OutputTokens = Json.Count(root, "eval_count"),
            Generation = Json.Nanoseconds(root, "eval_duration"),
            PrefillDone = Json.Count(progress, "done"),
            Native = progress is null ? Json.ManyNanoseconds(ours, "elapsed_ns") : Json.Nanoseconds(progress, "elapsed_ns") is { } reached ? [reached] : [],
            Report = OllamaReport.Read(ours),
        };
    }
}

/// <summary>What the embedded server tells in its final frames and load answers.</summary>
internal sealed record OllamaReport(TimeSpan? Queue, TimeSpan? Prefill, TimeSpan? Generation, int? CachedPromptTokens, int? WindowTokens, long? WeightBytes, long? KvBytes, long? ComputeBytes)
{
    public static OllamaReport? Read(JsonElement? ours) => Json.Nanoseconds(ours, "queue_ns") is not { } queue ? null : new OllamaReport(
        queue, Json.Nanoseconds(ours, "prefill_ns"), Json.Nanoseconds(ours, "generation_ns"), Json.Count(ours, "cached_prompt_tokens"), Json.Count(ours, "window_tokens"),
        Json.Long(ours, "weights_bytes"), Json.Long(ours, "kv_bytes"), Json.Long(ours, "compute_bytes"));
}
