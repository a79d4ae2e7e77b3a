using System.Text.Json;

namespace MemoryWall.ScriptedServer;

/// <summary>A server with the OpenAI protocol, such as vLLM, correct or wrong.</summary>
public sealed class OpenAiScript(Behaviour behaviour)
{
    /// <summary>The id of the first token of each answer, where the request asks for ids; the next ones follow.</summary>
    public const int FirstTokenId = 300;

    /// <summary>The owner that <c>/v1/models</c> reports.</summary>
    public string Owner { get; init; } = "vllm";

    /// <summary>Whether its streams end with [DONE].</summary>
    public bool SaysDone { get; init; } = true;

    /// <summary>The counters at <c>/metrics</c>; null for its settings only.</summary>
    public ScriptedMetrics? Metrics { get; init; }

    /// <summary>Whether its usage reports cached tokens, as vLLM does when configured.</summary>
    public bool TellsCached { get; init; } = true;

    /// <summary>Its prompt cache; null for none.</summary>
    public ScriptedCache? Cache { get; init; }

    /// <summary>What it answers to a text: the texts of the first tokens; null for always the same.</summary>
    public Func<string, IReadOnlyList<string>>? Say { get; init; }

    public static LyingServer Start(Behaviour behaviour, bool keepSent = false) =>
        LyingServer.Start(new OpenAiScript(behaviour).Answer, keepSent);

    public Reply Answer(ScriptedRequest request) => (request.Method, request.Path) switch
    {
        ("GET", "/v1/models") =>
            Reply.Json(
                $"{{\"object\":\"list\",\"data\":[{{\"id\":\"{behaviour.Model}\","
                + $"\"owned_by\":\"{Owner}\"{(Owner == "vllm" ? $",\"max_model_len\":{behaviour.Window}" : "")}}}]}}"),
        ("GET", "/version") when Owner == "vllm" => Reply.Json("""{"version":"0.11.0"}"""),
        ("GET", "/metrics") when Owner == "vllm" =>
            Reply.Whole(200,
                "# HELP x\nvllm:cache_config_info{block_size=\"16\",cache_dtype=\"auto\",enable_prefix_caching=\"True\"} 1.0\n"
                    + Metrics?.Vllm(), "text/plain"),
        ("POST", "/tokenize") when Owner == "vllm" =>
            Reply.Json(
                $"{{\"count\":{Behaviour.Words(request.Json.GetProperty("prompt").GetString()!)},\"max_model_len\":{behaviour.Window},"
                + $"\"tokens\":[]}}"),
        ("POST", "/v1/completions") when !behaviour.ChatOnly => Complete(request.Json, chat: false),
        ("POST", "/v1/chat/completions") => Complete(request.Json, chat: true),
        _ => Reply.Whole(404, """{"detail":"Not Found"}"""),
    };

    private Reply Complete(JsonElement call, bool chat)
    {
        if (call.GetProperty("model").GetString() != behaviour.Model)
            return Reply.Whole(404, """{"error":{"message":"The model `other` does not exist.","type":"NotFoundError","code":404}}""");
        if (behaviour.Strict.FirstOrDefault(field => call.TryGetProperty(field, out _)) is { } refused)
            return Reply.Whole(400,
                TestJson.Write(
                    new
                    {
                        error = new
                        {
                            message = $"Unrecognized request argument supplied: {refused}",
                            type = "invalid_request_error"
                        }
                    }));
        // The short request that loads the model is never refused.
        if (behaviour.Refusal is var (status, body) && call.GetProperty(Limit(call)).GetInt32() > 2)
            return Reply.Whole(status, body);
        if (behaviour.LoadRefusal is var (loadStatus, loadBody))
            return Reply.Whole(loadStatus, loadBody);
        var asked = call.GetProperty(Limit(call)).GetInt32();
        var prompt = chat ? call.GetProperty("messages")[0].GetProperty("content") : call.GetProperty("prompt");
        // The template adds a token to each message, and more at its start.
        var counted = prompt.ValueKind == JsonValueKind.Array
            ? prompt.GetArrayLength()
            : chat ? 10 + call.GetProperty("messages").EnumerateArray().Sum(message =>
                Behaviour.Words(message.GetProperty("content").GetString()!))
            : Behaviour.Words(prompt.GetString()!);
        if (Cache is { } cache && asked > 2)
        {
            return new OpenAiScript(cache.With(behaviour, prompt, counted, uses: true))
            {
                Owner = Owner,
                TellsCached = TellsCached,
                Say = Say,
            }.Complete(call, chat);
        }
        if (counted + asked > behaviour.Window)
            return Reply.Whole(400,
                $"{{\"object\":\"error\",\"message\":\"This model's maximum context length is {behaviour.Window} tokens. However, you "
                + $"requested {counted + asked} tokens\",\"type\":\"BadRequestError\",\"code\":400}}");
        Metrics?.Count(counted, behaviour.CachedPrompt, behaviour.Tokens ?? asked, behaviour.Draft);
        var usage = call.TryGetProperty("stream_options", out var options) && options.GetProperty("include_usage").GetBoolean();
        var tellsIds = call.TryGetProperty("return_token_ids", out var ids) && ids.GetBoolean();
        var spoken = Say is { } say && prompt.ValueKind == JsonValueKind.String
            ? behaviour with { Pieces = say(prompt.GetString()!) }
            : behaviour;
        return Frames(chat, counted, usage, tellsIds).Play(asked <= 2 ? new Behaviour { Model = behaviour.Model } : spoken, asked, counted);
    }

    private static string Limit(JsonElement call) =>
        call.TryGetProperty("max_completion_tokens", out _) ? "max_completion_tokens" : "max_tokens";

    private Frames Frames(bool chat, int counted, bool usage, bool tellsIds)
    {
        var sent = 0;
        // As vLLM names the tokens of each chunk.
        string Ids() => tellsIds
            ? $",\"token_ids\":[{string.Join(",", Enumerable.Range(FirstTokenId + sent, behaviour.TokensPerChunk))}]"
            : "";
        string Chunk(string content) => Choice(content + Ids(), Has(StreamForms.NullReason) ? "\"null\"" : "null",
            EveryChunk(counted, sent += behaviour.TokensPerChunk));
        return new()
        {
            Type = "text/event-stream",
            Wrap = json => $"data: {json}\n\n",
            Between = EventForms.Between(behaviour.Forms),
            WrapError = EventForms.WrapError(behaviour.Forms),
            Opening = chat && Has(StreamForms.Role)
                ? [Choice("\"delta\":{\"role\":\"assistant\",\"content\":null}", "null"),
                    Choice("\"delta\":{\"role\":\"assistant\",\"content\":\"\"}", "null")]
                : [],
            Content = text => Chunk(chat ? $"\"delta\":{{\"content\":{Content(text)}}}" : $"\"text\":{TestJson.Write(text)}"),
            Reasoning = chat ? text => Choice($"\"delta\":{{{Reasoning(text)}}}", "null") : null,
            Error = text => TestJson.Write(EventForms.Error(behaviour.Forms, text)
                ?? new { error = new { message = text, type = "InternalServerError", code = 500 } }),
            Final = tokens => Final(chat, tokens, counted, usage),
        };
    }

    private bool Has(StreamForms form) => behaviour.Forms.HasFlag(form);

    private string Content(string text) => Has(StreamForms.Parts)
        ? $"[{{\"type\":\"text\",\"text\":{TestJson.Write(text)}}}]"
        : TestJson.Write(text);

    private string Reasoning(string text) => Has(StreamForms.ReasoningPart)
        ? $"\"content\":[{{\"type\":\"thinking\",\"thinking\":[{{\"type\":\"text\",\"text\":{TestJson.Write(text)}}}]}}]"
        : $"\"{(Has(StreamForms.ReasoningField) ? "reasoning" : "reasoning_content")}\":{TestJson.Write(text)}";

    // The fields that some servers add to every chunk.
    private string EveryChunk(int counted, int sent) =>
        (Has(StreamForms.UsageInEveryChunk)
            ? $",\"usage\":{{\"prompt_tokens\":{counted},\"completion_tokens\":{sent},\"prompt_tokens_details\":null}}"
            : Has(StreamForms.NullUsage) ? ",\"usage\":null"
            : Has(StreamForms.ZeroUsage) ? ",\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}" : "")
        + (Has(StreamForms.TimingsInEveryChunk) ? "," + LlamaServerScript.Timings(behaviour, sent, counted, isLast: false) : "");

    private IEnumerable<string> Final(bool chat, int tokens, int counted, bool usage)
    {
        yield return Choice(chat ? "\"delta\":{}" : "\"text\":\"\"", $"\"{behaviour.StopReason ?? "length"}\"");
        if (usage && !behaviour.OmitCounts)
        {
            var cached = Owner == "vllm" && TellsCached ? $",\"prompt_tokens_details\":{{\"cached_tokens\":{behaviour.CachedPrompt}}}" : "";
            yield return $"{{\"id\":\"1\",\"choices\":[],\"usage\":{{\"prompt_tokens\":{behaviour.CountedPrompt ?? counted},"
                + $"\"completion_tokens\":{behaviour.CountedOutput ?? tokens}{cached}}}"
                + (Has(StreamForms.TimingsInEveryChunk) ? "," + LlamaServerScript.Timings(behaviour, tokens, counted) : "") + "}";
        }
        if (SaysDone)
            yield return "[DONE]";
    }

    private static string Choice(string content, string reason, string more = "") =>
        $"{{\"id\":\"1\",\"object\":\"chunk\",\"choices\":[{{\"index\":0,{content},\"finish_reason\":{reason}}}]{more}}}";
}
