using System.Text.Json;
using System.Text.Json.Serialization;
using MemoryWall.LlamaServer.Http;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>The body of Ollama's <c>POST /api/chat</c>. A request without messages loads the model, or unloads it if <c>keep_alive</c> is
/// 0.</summary>
internal sealed record ChatBody
{
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("messages")]
    public JsonElement? Messages { get; init; }

    [JsonPropertyName("options")]
    public GenerateOptions? Options { get; init; }

    [JsonPropertyName("keep_alive")]
    public JsonElement? KeepAlive { get; init; }

    [JsonPropertyName("stream")]
    public bool? Stream { get; init; }

    [JsonPropertyName("truncate")]
    public bool? Truncate { get; init; }

    [JsonPropertyName("tools")]
    public JsonElement? Tools { get; init; }

    [JsonPropertyName("format")]
    public JsonElement? Format { get; init; }

    [JsonPropertyName("think")]
    public JsonElement? Think { get; init; }
}

/// <summary>The body of OpenAI's <c>POST /v1/completions</c> and <c>POST /v1/chat/completions</c>. An absent field has the server's
/// default. Context, threads and KV type are those of the loaded model.</summary>
internal sealed record CompletionBody
{
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>A text, or token ids; also an array that contains one of these.</summary>
    [JsonPropertyName("prompt")]
    public JsonElement? Prompt { get; init; }

    [JsonPropertyName("messages")]
    public JsonElement? Messages { get; init; }

    /// <summary>Tokens to generate. Absent: 16 for a completion, as at OpenAI; for a chat until the window is full.</summary>
    [JsonPropertyName("max_tokens"), Bounds(1, int.MaxValue)]
    public int? MaxTokens { get; init; }

    [JsonPropertyName("max_completion_tokens"), Bounds(1, int.MaxValue)]
    public int? MaxCompletionTokens { get; init; }

    [JsonPropertyName("temperature"), Bounds(0, 100)]
    public float? Temperature { get; init; }

    [JsonPropertyName("top_p"), Bounds(0, 1)]
    public float? TopP { get; init; }

    [JsonPropertyName("top_k"), Bounds(0, int.MaxValue)]
    public int? TopK { get; init; }

    [JsonPropertyName("seed")]
    public int? Seed { get; init; }

    [JsonPropertyName("stop")]
    public JsonElement? Stop { get; init; }

    /// <summary>The user on whose behalf the request is sent; users take turns.</summary>
    [JsonPropertyName("user")]
    public string? User { get; init; }

    [JsonPropertyName("stream")]
    public bool? Stream { get; init; }

    [JsonPropertyName("stream_options")]
    public StreamOptions? StreamOptions { get; init; }

    /// <summary>As at vLLM and llama.cpp: generation goes on after end-of-text tokens.</summary>
    [JsonPropertyName("ignore_eos")]
    public bool? IgnoreEos { get; init; }

    /// <summary>As at llama.cpp: false computes every prompt token.</summary>
    [JsonPropertyName("cache_prompt")]
    public bool? CachePrompt { get; init; }

    /// <summary>As at vLLM and llama.cpp: more variables for the model's chat template, by name.</summary>
    [JsonPropertyName("chat_template_kwargs")]
    public JsonElement? ChatTemplateArguments { get; init; }

    [JsonPropertyName("n")]
    public int? Answers { get; init; }

    [JsonPropertyName("best_of")]
    public int? BestOf { get; init; }

    [JsonPropertyName("echo")]
    public bool? Echo { get; init; }

    [JsonPropertyName("suffix")]
    public string? Suffix { get; init; }

    [JsonPropertyName("logprobs")]
    public JsonElement? Logprobs { get; init; }

    [JsonPropertyName("logit_bias")]
    public JsonElement? LogitBias { get; init; }

    [JsonPropertyName("frequency_penalty"), Bounds(-2, 2)]
    public float? FrequencyPenalty { get; init; }

    [JsonPropertyName("presence_penalty"), Bounds(-2, 2)]
    public float? PresencePenalty { get; init; }

    [JsonPropertyName("tools")]
    public JsonElement? Tools { get; init; }

    [JsonPropertyName("response_format")]
    public JsonElement? ResponseFormat { get; init; }
}

/// <summary>The object <c>stream_options</c> of a request.</summary>
internal sealed record StreamOptions
{
    [JsonPropertyName("include_usage")]
    public bool? IncludeUsage { get; init; }
}

/// <summary>Reads the bodies of other clients. Apart from <see cref="EmbeddedJson"/>, so that a process under measurement never compiles
/// it.</summary>
[JsonSerializable(typeof(ChatBody))]
[JsonSerializable(typeof(CompletionBody))]
internal sealed partial class ClientJson : JsonSerializerContext
{
    /// <summary>The context with the number format of clients.</summary>
    public static ClientJson Bodies { get; } = new(new JsonSerializerOptions { Converters = { new WholeNumberConverter() } });
}
