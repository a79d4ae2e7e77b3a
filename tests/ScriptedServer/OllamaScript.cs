using System.Globalization;
using System.Text.Json;

namespace MemoryWall.ScriptedServer;

/// <summary>The version of Ollama.</summary>
public enum OllamaGeneration
{
    /// <summary>0.24: the server has its own runner.</summary>
    Old,

    /// <summary>0.32: the server runs llama-server.</summary>
    New,

    /// <summary>0.33: like the one before, and it reports cached prompt tokens.</summary>
    Newest,

    /// <summary>The embedded server, with its protocol extensions.</summary>
    Embedded,
}

/// <summary>An Ollama server, as observed on real ones, correct or wrong.</summary>
public sealed class OllamaScript(Behaviour behaviour, OllamaGeneration generation)
{
    private const long LoadedBytes = 89_128_960;
    private int _window;
    private bool _loaded;

    /// <summary>When the model will be unloaded, as <c>/api/ps</c> reports it.</summary>
    public string ExpiresAt { get; init; } = "2030-01-01T00:00:00Z";

    /// <summary>Its prompt cache, which a load with another window empties; null for none.</summary>
    public ScriptedCache? Cache { get; init; }

    /// <summary>What it says that its model can do.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = ["completion"];

    /// <summary>The digest of its model's file.</summary>
    public Func<string> Digest { get; init; } = () => "x";

    public static LyingServer Start(Behaviour behaviour, OllamaGeneration generation, bool keepSent = false) =>
        LyingServer.Start(new OllamaScript(behaviour, generation).Answer, keepSent);

    public Reply Answer(ScriptedRequest request) => (request.Method, request.Path) switch
    {
        ("GET", "/") => Reply.Whole(200, "Ollama is running", "text/plain"),
        ("GET", "/api/version") => Reply.Json(Version()),
        ("GET", "/api/ps") => Reply.Json(Running()),
        ("GET", "/api/tags") => Reply.Json(TestJson.Write(new { models = new[] { new { name = behaviour.Model } } })),
        ("POST", "/api/show") => request.Json.GetProperty("model").GetString() == behaviour.Model
            ? Reply.Json(Show(request.Json.TryGetProperty("verbose", out var verbose) && verbose.ValueKind == JsonValueKind.True))
            : Reply.Whole(404, """{"error":"model 'other' not found"}"""),
        ("POST", "/api/generate") => Generate(request.Json),
        _ => Reply.Whole(404, "404 page not found", "text/plain"),
    };

    private Reply Generate(JsonElement call)
    {
        if (call.GetProperty("model").GetString() != behaviour.Model)
            return Reply.Whole(404, """{"error":"model 'other' not found"}""");
        var options = call.GetProperty("options");
        var ours = call.TryGetProperty("memory_wall", out var field) ? field : default;
        var ids = ours.ValueKind == JsonValueKind.Object && ours.TryGetProperty("prompt_tokens", out var list)
            ? list.GetArrayLength()
            : (int?)null;
        var prompt = call.GetProperty("prompt").GetString() ?? "";
        if (prompt.Length == 0 && ids is null)
            return Stay(call.GetProperty("keep_alive").GetString() is "0s" or "0", options.GetProperty("num_ctx").GetInt32());
        if (behaviour.Refusal is var (status, body))
            return Reply.Nothing().Wait(behaviour.Prefill).Raw(Head(status, body));
        var counted = ids ?? Behaviour.Words(prompt);
        var window = Math.Min(options.GetProperty("num_ctx").GetInt32(), behaviour.Window);
        var asked = options.TryGetProperty("num_predict", out var predict) ? predict.GetInt32() : 10 * window;
        if (counted <= window - (IsNew ? 1 : 0) && Cache?.With(behaviour, call.GetProperty("prompt"), counted, uses: true) is { } cached)
            return new OllamaScript(cached, generation) { _window = _window, _loaded = _loaded }.Frames(asked, counted)
                .Play(cached, asked, counted);
        return counted > window - (IsNew ? 1 : 0)
            ? TooLong(counted, window)
            : Frames(asked, counted).Play(Now, asked, counted);
    }

    private Reply Stay(bool unload, int window)
    {
        if (unload)
        {
            _loaded = false;
            return Reply.Stream().Line(Json("\"response\":\"\",\"done\":true,\"done_reason\":\"unload\"")).End();
        }
        if (behaviour.Memory is { Ending: MemoryEnding.Refuses } memory && window > memory.WindowTokens)
            return Reply.Whole(500, """{"error":"model requires more system memory (31.5 GiB) than is available (22.1 GiB)"}""");
        if (behaviour.LoadRefusal is var (status, body))
            return Reply.Nothing().Wait(behaviour.Load).Raw(Head(status, body));
        if (!_loaded || _window != Math.Min(window, behaviour.Window))
            Cache?.Clear();
        (_window, _loaded) = (Math.Min(window, behaviour.Window), true);
        var report = generation == OllamaGeneration.Embedded
            ? $",\"memory_wall\":{{\"queue_ns\":0,\"window_tokens\":{_window},\"weights_bytes\":1000,\"kv_bytes\":2000,"
                + $"\"compute_bytes\":300}}" : "";
        return Reply.Stream().Wait(behaviour.Load).Line(Json($"\"response\":\"\",\"done\":true,\"done_reason\":\"load\"{report}")).End();
    }

    private Reply TooLong(int counted, int window) => Reply.Whole(400, generation switch
    {
        OllamaGeneration.New or OllamaGeneration.Newest =>
            TestJson.Write(
                new
                {
                    error = TestJson.Write(
                    new
                    {
                        error = new
                        {
                            code = 400,
                            message = "the request exceeds the available context size",
                            type = "exceed_context_size_error",
                            n_prompt_tokens = counted,
                            n_ctx = window
                        }
                    })
                }),
        _ => """{"error":"the input length exceeds the context length"}""",
    });

    private Frames Frames(int asked, int counted)
    {
        var elapsed = behaviour.Prefill;
        return new()
        {
            Type = "application/x-ndjson",
            Wrap = json => json + "\n",
            Content = text =>
            {
                var times = "";
                if (generation == OllamaGeneration.Embedded && text.Length > 0)
                {
                    var start = elapsed;
                    var nanoseconds = Enumerable.Range(0, behaviour.TokensPerChunk).Select(token => Ns(start + (behaviour.Step * token)));
                    times = $",\"memory_wall\":{{\"elapsed_ns\":[{string.Join(",", nanoseconds)}]}}";
                    elapsed += behaviour.Step * behaviour.TokensPerChunk;
                }
                return Json($"\"response\":{TestJson.Write(text)},\"done\":false{times}");
            },
            Reasoning = text => Json($"\"response\":\"\",\"thinking\":{TestJson.Write(text)},\"done\":false"),
            Progress = generation != OllamaGeneration.Embedded ? null : (done, total) =>
                Json($"\"response\":\"\",\"done\":false,\"memory_wall\":{{\"prompt_progress\":{{\"done\":{done},\"total\":{total},"
                    + $"\"elapsed_ns\":{Ns(behaviour.Prefill * done / total)}}}}}"),
            Error = text => $"{{\"error\":{TestJson.Write(text)}}}",
            Final = tokens => [Final(tokens, counted)],
        };
    }

    private string Final(int tokens, int counted)
    {
        var cached = behaviour.CachedPrompt;
        var reason = behaviour.StopReason ?? "length";
        if (behaviour.OmitCounts)
            return Json($"\"response\":\"\",\"done\":true,\"done_reason\":\"{reason}\"");
        var prefill = behaviour.ReportedPrefill ?? behaviour.Prefill;
        // For one token the newer server reports a microsecond, and the older omits the duration.
        var duration = tokens > 1 || behaviour.ReportedGeneration is not null ? $",\"eval_duration\":{Ns(Now.Generation(tokens))}"
            : IsNew ? ",\"eval_duration\":1000" : "";
        var ours = generation == OllamaGeneration.Embedded
            ? $",\"memory_wall\":{{\"queue_ns\":0,\"prefill_ns\":{Ns(prefill)},\"generation_ns\":{Ns(behaviour.Generation(tokens))},"
                + $"\"cached_prompt_tokens\":{behaviour.CachedPrompt},\"window_tokens\":{_window}}}" : "";
        return Json(
            $"\"response\":\"\",\"done\":true,\"done_reason\":\"{reason}\","
            + $"\"total_duration\":{Ns(behaviour.ReportedLoad + prefill + Now.Generation(tokens))},"
            + $"\"load_duration\":{Ns(behaviour.ReportedLoad)},\"prompt_eval_count\":{behaviour.CountedPrompt ?? counted},"
                + (generation == OllamaGeneration.Newest ? $"\"prompt_eval_cached_count\":{cached}," : "")
                + $"\"prompt_eval_duration\":{Ns(prefill)},"
            + $"\"eval_count\":{behaviour.CountedOutput ?? tokens}{duration}{ours}");
    }

    private bool IsNew => generation is OllamaGeneration.New or OllamaGeneration.Newest;

    // The behaviour with the currently loaded window.
    private Behaviour Now => behaviour.Memory is { } memory && _window > memory.WindowTokens
        ? behaviour with { Step = behaviour.Step * (memory.Ending == MemoryEnding.Slows ? 10 : 1.5) }
        : behaviour;

    private long OnAccelerator =>
        behaviour.Memory is { Ending: MemoryEnding.Spills } memory ? LoadedBytes * Math.Min(memory.WindowTokens, _window) / _window : 0;

    private string Version() => generation switch
    {
        OllamaGeneration.Old => """{"version":"0.24.0"}""",
        OllamaGeneration.New => """{"version":"0.32.15"}""",
        OllamaGeneration.Newest => """{"version":"0.33.0-rc2"}""",
        _ => """{"version":"0.1.0","memory_wall":{"protocol":1,"extensions":["token_ids","ignore_eos","no_prompt_cache","""
            + "\"prompt_progress\",\"token_times\",\"kv_type\",\"flash_attention\",\"load_mode\",\"thread_split\",\"report\"],"
            + "\"details\":{\"llama_cpp\":\"815a2a591\"}}}",
    };

    private string Running() => !_loaded ? """{"models":[]}""" :
        $"{{\"models\":[{{\"name\":\"{behaviour.Model}:latest\",\"model\":\"{behaviour.Model}:latest\",\"size\":{LoadedBytes},"
        + $"\"size_vram\":{OnAccelerator},\"digest\":\"{Digest()}\",\"details\":{{}},\"expires_at\":\"{ExpiresAt}\","
        + $"\"context_length\":{_window}}}]}}";

    private string Show(bool verbose) =>
        "{\"details\":{\"family\":\"llama\",\"quantization_level\":\"Q4_0\"},\"model_info\":{\"general.architecture\":\"llama\","
        + "\"general.parameter_count\":1000,"
        + $"\"llama.block_count\":2,\"llama.context_length\":{behaviour.TrainedContext},\"llama.embedding_length\":64,"
            + $"\"llama.attention.head_count\":4,\"llama.attention.head_count_kv\":2,"
        + "\"tokenizer.ggml.model\":\"gpt2\",\"tokenizer.ggml.pre\":\"gpt-2\",\"tokenizer.ggml.tokens\":"
        + (verbose ? "[\"a\",\"b\",\"Ġab\"]" : "null")
        + ",\"tokenizer.ggml.token_type\":" + (verbose ? "[1,1,1]" : "null") + ",\"tokenizer.ggml.merges\":"
        + (verbose ? "[\"a b\"]" : "null") + "},"
        + "\"tensors\":[{\"name\":\"token_embd.weight\",\"type\":\"F16\",\"shape\":[64,3]}],\"capabilities\":"
        + TestJson.Write(Capabilities) + "}";

    private static string Head(int status, string body) =>
        $"HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {System.Text.Encoding.UTF8.GetByteCount(body)}\r\n"
        + $"Connection: close\r\n\r\n{body}";

    private string Json(string fields) => $"{{\"model\":\"{behaviour.Model}\",\"created_at\":\"2026-01-01T00:00:00Z\",{fields}}}";

    private static string Ns(TimeSpan time) => (time.Ticks * 100).ToString(CultureInfo.InvariantCulture);
}
