using System.Text.Json;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.OpenAi;

/// <summary>
/// The requests to one server: which path it has, and which fields beyond the protocol's own it takes. Strict servers refuse a request for
/// one field too many; what they refused is left out from then on and noted.
/// </summary>
internal sealed class OpenAiRequestBuilder
{
    private static readonly string[] s_refusalPhrases = ["unrecognized", "unknown", "unsupported", "not supported", "not permitted",
        "extra", "additional", "unexpected"];
    private readonly Lock _adaptLock = new();
    // Replaced, never changed: other streams read them meanwhile.
    private volatile HashSet<string> _excludedFields = [];
    private volatile string[] _notes = [];
    private bool _usesMaxCompletionTokens;

    /// <summary>Whether only the chat path is there.</summary>
    public bool UsesChat { get; private set; }

    public string Path => UsesChat ? "v1/chat/completions" : "v1/completions";

    /// <summary>What was left out and why, in sentences.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public ReadOnlyMemory<byte> CreateBody(OpenAiServer server, InferenceRequest request) => RequestBody.Write(writer =>
    {
        writer.WriteString("model", server.Model);
        if (UsesChat)
            WriteMessage(writer, request.Prompt.Text);
        else
            writer.WritePrompt(request.Prompt, TakesTokenIds(server));
        writer.WriteNumber(_usesMaxCompletionTokens ? "max_completion_tokens" : "max_tokens", request.OutputTokens);
        writer.WriteBoolean("stream", true);
        foreach (var (name, write) in OptionalFields(server, request))
        {
            if (!_excludedFields.Contains(name))
                write(writer);
        }
    });

    /// <summary>Whether this server takes token ids as a prompt, as vLLM and llama.cpp do.</summary>
    public bool TakesTokenIds(OpenAiServer server) => !UsesChat && server.Kind is not OpenAiServerKind.Other;

    /// <summary>Learns from a refusal. Whether the request can be sent again in another form.</summary>
    public bool TryAdapt(OpenAiServer server, InferenceRequest request, int? status, string? text)
    {
        lock (_adaptLock)
            return AdaptToRefusal(server, request, status, text);
    }

    /// <summary>Whether the server was asked to go on after end-of-text and has not refused.</summary>
    public bool IgnoresEos(OpenAiServer server) => server.Kind is not OpenAiServerKind.Other && !_excludedFields.Contains("ignore_eos");

    private bool AdaptToRefusal(OpenAiServer server, InferenceRequest request, int? status, string? text)
    {
        var words = text ?? "";
        bool Says(string sign) => words.Contains(sign, StringComparison.OrdinalIgnoreCase);
        if (!UsesChat && status is 400 or 404 or 405 or 501
            && (Says("chat/completions") || Says("chat model") || (status != 400 && !Says(server.Model ?? "model"))))
        {
            UsesChat = true;
            _notes = [.. _notes,
                "the server has no /v1/completions for this model: prompts go through /v1/chat/completions, "
                    + "whose template adds tokens of its own"];
            return true;
        }
        if (status is not (400 or 422))
            return false;
        if (!_usesMaxCompletionTokens && Says("max_completion_tokens"))
            return _usesMaxCompletionTokens = true;
        var sent = OptionalFields(server, request).Select(field => field.Name).Where(name => !_excludedFields.Contains(name)).ToList();
        var named = sent.Where(Says).ToList();
        var refused = named.Count > 0 ? named
            : s_refusalPhrases.Any(Says) ? sent.Where(name => name != "stream_options").ToList() : [];
        if (refused.Count == 0)
            return false;
        _excludedFields = [.. _excludedFields, .. refused];
        _notes = [.. _notes, $"the server refused {string.Join(", ", refused)}; the request was sent again without"];
        return true;
    }

    private IEnumerable<(string Name, Action<Utf8JsonWriter> Write)> OptionalFields(OpenAiServer server, InferenceRequest request)
    {
        yield return ("stream_options", writer =>
        {
            writer.WriteStartObject("stream_options");
            writer.WriteBoolean("include_usage", true);
            writer.WriteEndObject();
        }
        );
        // The likeliest token where end-of-text is ignored: the cheapest choice, and the same every time. Elsewhere chance keeps the model
        // from ending or circling early.
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
