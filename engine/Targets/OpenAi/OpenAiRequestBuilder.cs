using System.Text.Json;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.OpenAi;

/// <summary>
/// Builds the requests to one server, for its path and with the optional fields that it accepts. Strict servers refuse a request with an
/// unknown field; later requests omit the fields that the server refused, and a note says so.
/// </summary>
internal sealed class OpenAiRequestBuilder
{
    private static readonly string[] s_refusalPhrases = ["unrecognized", "unknown", "unsupported", "not supported", "not permitted",
        "extra", "additional", "unexpected"];
    private readonly Lock _adaptLock = new();
    // These are replaced, never modified, because other streams read them at the same time.
    private volatile HashSet<string> _excludedFields = [];
    private volatile string[] _notes = [];
    private bool _usesMaxCompletionTokens;

    /// <summary>Whether requests use the chat path, because the server has no completions path for this model.</summary>
    public bool UsesChat { get; private set; }

    /// <summary>The path of the requests, below the endpoint.</summary>
    public string Path => UsesChat ? "v1/chat/completions" : "v1/completions";

    /// <summary>Sentences that say what later requests omit, and why.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public ReadOnlyMemory<byte> CreateBody(OpenAiServer server, InferenceRequest request) => RequestBody.Write(writer =>
    {
        writer.WriteString("model", server.Model);
        if (UsesChat)
            WriteMessages(writer, request.Prompt.Messages ?? [request.Prompt.Text]);
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

    /// <summary>Whether this server accepts token ids as a prompt, as vLLM and llama.cpp do.</summary>
    public bool TakesTokenIds(OpenAiServer server) => !UsesChat && server.Kind is not OpenAiServerKind.Other;

    /// <summary>Adapts later requests to a refusal.</summary>
    /// <returns>Whether the request can be sent again in another form.</returns>
    public bool TryAdapt(OpenAiServer server, InferenceRequest request, int? status, string? text)
    {
        lock (_adaptLock)
            return AdaptToRefusal(server, request, status, text);
    }

    /// <summary>Whether requests ask the server to ignore end-of-text tokens, which it has not refused.</summary>
    public bool IgnoresEos(OpenAiServer server) => server.Kind is not OpenAiServerKind.Other && !_excludedFields.Contains("ignore_eos");

    private bool AdaptToRefusal(OpenAiServer server, InferenceRequest request, int? status, string? text)
    {
        var message = text ?? "";
        bool Mentions(string phrase) => message.Contains(phrase, StringComparison.OrdinalIgnoreCase);
        if (!UsesChat && status is 400 or 404 or 405 or 501
            && (Mentions("chat/completions") || Mentions("chat model") || (status != 400 && !Mentions(server.Model ?? "model"))))
        {
            UsesChat = true;
            _notes = [.. _notes,
                "the server has no /v1/completions for this model; prompts are sent to /v1/chat/completions, "
                    + "whose chat template adds tokens"];
            return true;
        }
        if (status is not (400 or 422))
            return false;
        if (!_usesMaxCompletionTokens && Mentions("max_completion_tokens"))
            return _usesMaxCompletionTokens = true;
        var sent = OptionalFields(server, request).Select(field => field.Name).Where(name => !_excludedFields.Contains(name)).ToList();
        var named = sent.Where(Mentions).ToList();
        var refused = named.Count > 0 ? named
            : s_refusalPhrases.Any(Mentions) ? sent.Where(name => name != "stream_options").ToList() : [];
        if (refused.Count == 0)
            return false;
        _excludedFields = [.. _excludedFields, .. refused];
        _notes = [.. _notes, $"the server refused {string.Join(", ", refused)}; the request was sent again without these fields"];
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
        // Temperature 0 where the server ignores end-of-text tokens: the most likely token costs least and is the same every time.
        // Elsewhere temperature 1, which makes an early end and loops less likely, unless answers are to be compared.
        yield return ("temperature", writer => writer.WriteNumber("temperature", IgnoresEos(server) || request.IsGreedy ? 0 : 1));
        yield return ("seed", writer => writer.WriteNumber("seed", 1));
        yield return ("ignore_eos", writer => writer.WriteBoolean("ignore_eos", true));
        yield return ("min_tokens", writer => writer.WriteNumber("min_tokens", request.OutputTokens));
        // vLLM's conversation goes on with exactly the tokens that it generated.
        if (server.Kind == OpenAiServerKind.Vllm && request is { KeepsConversation: true, Prompt.TokenIds: not null } && !UsesChat)
            yield return ("return_token_ids", writer => writer.WriteBoolean("return_token_ids", true));
        if (server.Kind != OpenAiServerKind.LlamaCpp)
            yield break;
        yield return ("cache_prompt", writer => writer.WriteBoolean("cache_prompt", request.WarmPrefix || request.KeepsConversation));
        yield return ("return_progress", writer => writer.WriteBoolean("return_progress", true));
    }

    // The user's messages and the server's answers take turns.
    private static void WriteMessages(Utf8JsonWriter writer, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray("messages");
        for (var i = 0; i < texts.Count; i++)
        {
            writer.WriteStartObject();
            writer.WriteString("role", i % 2 == 0 ? "user" : "assistant");
            writer.WriteString("content", texts[i]);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
