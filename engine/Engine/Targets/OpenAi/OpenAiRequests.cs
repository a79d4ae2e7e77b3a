using System.Text.Json;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.OpenAi;

/// <summary>
/// The requests to one server: which path it has, and which fields beyond the protocol's own it takes. Strict servers refuse a request for one field
/// too many; what they refused is left out from then on and noted.
/// </summary>
internal sealed class OpenAiRequests
{
    private static readonly string[] s_signs = ["unrecognized", "unknown", "unsupported", "not supported", "not permitted", "extra", "additional", "unexpected"];
    private readonly Lock _learning = new();
    // Replaced, never changed: other streams read them meanwhile.
    private volatile HashSet<string> _leftOut = [];
    private volatile string[] _notes = [];
    private bool _newLimitName;

    /// <summary>Whether only the chat path is there.</summary>
    public bool Chat { get; private set; }

    public string Path => Chat ? "v1/chat/completions" : "v1/completions";

    /// <summary>What was left out and why, in sentences.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public ReadOnlyMemory<byte> Body(OpenAiServer server, InferenceRequest request) => RequestBody.Write(writer =>
    {
        writer.WriteString("model", server.Model);
        if (Chat)
            WriteMessage(writer, request.Prompt.Text);
        else
            writer.WritePrompt(request.Prompt, TakesTokenIds(server));
        writer.WriteNumber(_newLimitName ? "max_completion_tokens" : "max_tokens", request.OutputTokens);
        writer.WriteBoolean("stream", true);
        foreach (var (name, write) in Optional(server, request))
        {
            if (!_leftOut.Contains(name))
                write(writer);
        }
    });

    /// <summary>Whether this server takes token ids as a prompt, as vLLM and llama.cpp do.</summary>
    public bool TakesTokenIds(OpenAiServer server) => !Chat && server.Kind is not OpenAiServerKind.Other;

    /// <summary>Learns from a refusal. Whether the request can be sent again in another form.</summary>
    public bool Adapt(OpenAiServer server, InferenceRequest request, int? status, string? text)
    {
        lock (_learning)
            return Learn(server, request, status, text);
    }

    /// <summary>Whether the server was asked to go on after end-of-text and has not refused.</summary>
    public bool IgnoresEos(OpenAiServer server) => server.Kind is not OpenAiServerKind.Other && !_leftOut.Contains("ignore_eos");

    private bool Learn(OpenAiServer server, InferenceRequest request, int? status, string? text)
    {
        var words = text ?? "";
        bool Says(string sign) => words.Contains(sign, StringComparison.OrdinalIgnoreCase);
        if (!Chat && status is 400 or 404 or 405 or 501 && (Says("chat/completions") || Says("chat model") || (status != 400 && !Says(server.Model ?? "model"))))
        {
            Chat = true;
            _notes = [.. _notes, "the server has no /v1/completions for this model: prompts go through /v1/chat/completions, whose template adds tokens of its own"];
            return true;
        }
        if (status is not (400 or 422))
            return false;
        if (!_newLimitName && Says("max_completion_tokens"))
            return _newLimitName = true;
        var sent = Optional(server, request).Select(field => field.Name).Where(name => !_leftOut.Contains(name)).ToList();
        var named = sent.Where(Says).ToList();
        var refused = named.Count > 0 ? named : s_signs.Any(Says) ? sent.Where(name => name != "stream_options").ToList() : [];
        if (refused.Count == 0)
            return false;
        _leftOut = [.. _leftOut, .. refused];
        _notes = [.. _notes, $"the server refused {string.Join(", ", refused)}; the request was sent again without"];
        return true;
    }

    private IEnumerable<(string Name, Action<Utf8JsonWriter> Write)> Optional(OpenAiServer server, InferenceRequest request)
    {
        yield return ("stream_options", writer =>
        {
            writer.WriteStartObject("stream_options");
            writer.WriteBoolean("include_usage", true);
            writer.WriteEndObject();
        }
        );
        // The likeliest token where end-of-text is ignored: the cheapest choice, and the same every time. Elsewhere chance keeps the model from
        // ending or circling early.
        yield return ("temperature", writer => writer.WriteNumber("temperature", IgnoresEos(server) ? 0 : 1));
        yield return ("seed", writer => writer.WriteNumber("seed", 1));
        yield return ("ignore_eos", writer => writer.WriteBoolean("ignore_eos", true));
        yield return ("min_tokens", writer => writer.WriteNumber("min_tokens", request.OutputTokens));
        if (server.Kind != OpenAiServerKind.LlamaCpp)
            yield break;
        yield return ("cache_prompt", writer => writer.WriteBoolean("cache_prompt", request.WarmPrefix));
        yield return ("return_progress", writer => writer.WriteBoolean("return_progress", true));
    }

    private static void WriteMessage(Utf8JsonWriter writer, string text)
    {
        writer.WriteStartArray("messages");
        writer.WriteStartObject();
        writer.WriteString("role", "user");
        writer.WriteString("content", text);
        writer.WriteEndObject();
        writer.WriteEndArray();
    }
}
