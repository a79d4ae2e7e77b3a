using System.Globalization;
using System.Text.Json;

namespace MemoryWall.ScriptedServer;

/// <summary>llama.cpp's server with its native API, as observed on a real one, correct or wrong.</summary>
public sealed class LlamaServerScript(Behaviour behaviour)
{
    private int _healthAsked;

    /// <summary>How many health requests it answers with "Loading model".</summary>
    public int LoadingFor { get; init; }

    /// <summary>The page at <c>/metrics</c>; null for a server started without <c>--metrics</c>.</summary>
    public ScriptedMetrics? Metrics { get; init; }

    /// <summary>Its saved KV caches; null for a server started without <c>--slot-save-path</c>.</summary>
    public ScriptedSlots? Slots { get; init; }

    /// <summary>Its prompt cache; null for none.</summary>
    public ScriptedCache? Cache { get; init; }

    /// <summary>Whether it was started with <c>--no-slots</c>.</summary>
    public bool HidesSlots { get; init; }

    public static LyingServer Start(Behaviour behaviour, bool keepSent = false) =>
        LyingServer.Start(new LlamaServerScript(behaviour).Answer, keepSent);

    public Reply Answer(ScriptedRequest request) => (request.Method, request.Path) switch
    {
        ("GET", "/health") => ++_healthAsked <= LoadingFor
            ? Reply.Whole(503, """{"error":{"message":"Loading model","type":"unavailable_error","code":503}}""")
            : behaviour.LoadRefusal is var (status, body) ? Reply.Whole(status, body) : Reply.Json("""{"status":"ok"}"""),
        _ when LoadingFor > 0 && _healthAsked <= LoadingFor =>
            Reply.Whole(503, """{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"""),
        ("GET", "/props") =>
            Reply.Json(
                $"{{\"default_generation_settings\":{{\"n_ctx\":{behaviour.Window}}},\"total_slots\":1,"
                + $"\"model_alias\":\"{behaviour.Model}\",\"model_path\":\"/models/{behaviour.Model}.bin\",\"build_info\":\"b11669\"}}"),
        ("GET", "/metrics") => Metrics is null
            ? Reply.Whole(501,
                """{"error":{"code":501,"message":"This server does not support metrics endpoint. """
                + """Start it with `--metrics`","type":"not_supported_error"}}""")
            : Reply.Whole(200, Metrics.LlamaCpp(), "text/plain; version=0.0.4"),
        ("GET", "/slots") when HidesSlots =>
            Reply.Whole(501,
                """{"error":{"code":501,"message":"This server does not support slots endpoint.","type":"not_supported_error"}}"""),
        ("GET", "/slots") =>
            Reply.Json($"[{{\"id\":0,\"speculative\":{(behaviour.Draft is null ? "false" : "true")},\"is_processing\":false}}]"),
        ("GET", "/v1/models") =>
            Reply.Json(
                $"{{\"object\":\"list\",\"data\":[{{\"id\":\"{behaviour.Model}\",\"owned_by\":\"llamacpp\",\"meta\":{{\"n_vocab\":3,"
                + $"\"n_ctx_train\":8192}}}}]}}"),
        ("POST", "/tokenize") =>
            Reply.Json(
                $"{{\"tokens\":[{TokenIds(Behaviour.Words(request.Json.GetProperty("content").GetString()!))}]}}"),
        ("POST", "/completion") => Complete(request.Json),
        ("POST", var path) when path.StartsWith("/slots/0?action=", StringComparison.Ordinal) =>
            Slots?.Act(path[(path.IndexOf('=', StringComparison.Ordinal) + 1)..]) ?? ScriptedSlots.Unsupported,
        _ => Reply.Whole(404, """{"error":{"message":"File Not Found","type":"not_found_error","code":404}}"""),
    };

    private static string TokenIds(int count) => string.Join(",", Enumerable.Range(0, count));

    private Reply Complete(JsonElement call)
    {
        if (behaviour.Refusal is var (status, body))
            return Reply.Whole(status, body);
        var prompt = call.GetProperty("prompt");
        var counted = prompt.ValueKind == JsonValueKind.Array ? prompt.GetArrayLength() : Behaviour.Words(prompt.GetString()!);
        if (Slots is { } slots)
            return new LlamaServerScript(slots.With(behaviour, call, counted)).Complete(call);
        if (Cache is { } cache)
            return new LlamaServerScript(cache.With(behaviour, prompt, counted, call.GetProperty("cache_prompt").GetBoolean()))
                .Complete(call);
        Metrics?.Count(counted, behaviour.CachedPrompt, behaviour.Tokens ?? call.GetProperty("n_predict").GetInt32());
        return counted >= behaviour.Window
            ? Reply.Whole(400,
                $"{{\"error\":{{\"code\":400,\"message\":\"request ({counted} tokens) exceeds the available context size "
                + $"({behaviour.Window} tokens), try increasing it\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":{counted},"
                + $"\"n_ctx\":{behaviour.Window}}}}}")
            : Frames(counted).Play(behaviour, call.GetProperty("n_predict").GetInt32(), counted);
    }

    private Frames Frames(int counted)
    {
        var sent = 0;
        return new()
        {
            Type = "text/event-stream",
            Wrap = json => $"data: {json}\n\n",
            Between = EventForms.Between(behaviour.Forms),
            WrapError = EventForms.WrapError(behaviour.Forms),
            Content = text =>
                $"{{\"index\":0,\"content\":{TestJson.Write(text)},"
                + $"\"tokens\":[{string.Join(",", Enumerable.Range(1, text.Length == 0 ? 0 : behaviour.TokensPerChunk))}],\"stop\":false"
                + (behaviour.Forms.HasFlag(StreamForms.TimingsInEveryChunk)
                    ? $",{Timings(behaviour, sent += behaviour.TokensPerChunk, counted, isLast: false)}}}"
                    : "}"),
            Progress = (done, total) =>
                $"{{\"index\":0,\"content\":\"\",\"tokens\":[0],\"stop\":false,\"prompt_progress\":{{\"total\":{total},\"cache\":0,"
                + $"\"processed\":{done},\"time_ms\":{(long)(behaviour.Prefill * done / total).TotalMilliseconds}}}}}",
            Error = text => TestJson.Write(EventForms.Error(behaviour.Forms, text)
                ?? new { error = new { code = 500, message = text, type = "server_error" } }),
            Final = tokens => [Final(tokens, counted)],
        };
    }

    private string Final(int tokens, int counted)
    {
        var reason = behaviour.StopReason is null or "length" ? "limit"
            : behaviour.StopReason == "stop" ? "eos" : behaviour.StopReason;
        return behaviour.OmitCounts
            ? $"{{\"content\":\"\",\"tokens\":[],\"stop\":true,\"stop_type\":\"{reason}\"}}"
            : $"{{\"content\":\"\",\"tokens\":[],\"stop\":true,\"stop_type\":\"{reason}\","
                + $"\"tokens_predicted\":{behaviour.CountedOutput ?? tokens},\"tokens_evaluated\":{behaviour.CountedPrompt ?? counted},"
                + $"\"truncated\":false,{Timings(behaviour, tokens, counted)}}}";
    }

    /// <summary>The field that this server adds to every answer.</summary>
    /// <param name="behaviour">The server's behaviour.</param>
    /// <param name="tokens">Tokens so far.</param>
    /// <param name="counted">Tokens of the prompt.</param>
    /// <param name="isLast">Whether the answer is complete. Before, the counts are those so far.</param>
    internal static string Timings(Behaviour behaviour, int tokens, int counted, bool isLast = true) =>
        $"\"timings\":{{\"cache_n\":{behaviour.CachedPrompt},\"prompt_n\":{(behaviour.CountedPrompt ?? counted) - behaviour.CachedPrompt},"
        + $"\"prompt_ms\":{Ms(behaviour.ReportedPrefill ?? behaviour.Prefill)},"
        + $"\"predicted_n\":{(isLast ? behaviour.CountedOutput ?? tokens : tokens)},\"predicted_ms\":{Ms(behaviour.Generation(tokens))}"
        + Draft(behaviour, isLast) + "}";

    // Absent until the first draft.
    private static string Draft(Behaviour behaviour, bool isLast) => behaviour.Draft is var (drafted, accepted) && drafted > 0
        ? $",\"draft_n\":{(isLast ? drafted : 1)},\"draft_n_accepted\":{(isLast ? accepted : 0)}"
        : "";

    private static string Ms(TimeSpan time) => time.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
}
