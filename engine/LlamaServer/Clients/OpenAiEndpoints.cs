using System.Text.Json;
using MemoryWall.LlamaServer.Http;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>Handles the paths of the OpenAI protocol that make text: completions and chat completions.</summary>
internal sealed class OpenAiEndpoints(InferenceWorker worker, RequestReader reader, ChatMessages messages, string model, TimeProvider time)
{
    // OpenAI's own default for completions.
    private const int DefaultCompletionTokens = 16;

    private readonly ClientAnswer _answer = new(worker);

    /// <summary><c>POST /v1/completions</c>.</summary>
    public Task CompletionsAsync(HttpContext http) => HandleAsync(http, isChat: false);

    /// <summary><c>POST /v1/chat/completions</c>.</summary>
    public Task ChatAsync(HttpContext http) => HandleAsync(http, isChat: true);

    private Task HandleAsync(HttpContext http, bool isChat)
    {
        var format = new OpenAiFormat(model, isChat, time.GetUtcNow());
        return _answer.RunAsync(http, format, async () =>
        {
            var body = await BodyReader.ReadAsync(http, ClientJson.Bodies.CompletionBody).ConfigureAwait(false);
            format.IncludesUsage = body.StreamOptions?.IncludeUsage ?? false;
            return Create(body, isChat);
        });
    }

    private GenerateRequest Create(CompletionBody body, bool isChat)
    {
        BodyReader.CheckModel(body.Model, null, model);
        CheckSupport(body);
        var (text, tokens) = isChat ? ("", null) : ReadPrompt(body.Prompt);
        if (!isChat && text.Length == 0 && tokens is not { Length: > 0 })
            throw new RefusedException(400, "prompt: it is missing or empty; give a text or token ids");
        var request = reader.Create(new GenerateBody
        {
            Model = model,
            Prompt = text,
            Stream = body.Stream ?? false,
            Options = new GenerateOptions
            {
                OutputTokens = body.MaxCompletionTokens ?? body.MaxTokens ?? (isChat ? null : DefaultCompletionTokens),
                Temperature = body.Temperature,
                TopP = body.TopP,
                TopK = body.TopK,
                Seed = body.Seed,
                Stop = body.Stop,
            },
            Extension = new GenerateExtension
            {
                PromptTokens = tokens,
                IgnoreEos = body.IgnoreEos,
                PromptCache = body.CachePrompt,
            },
        });
        request = request with { Client = body.User ?? "" };
        // The protocol has no load options, so a loaded model is used as it is.
        if (worker.Loaded is { } loaded)
            request = request with { Model = loaded.Model, Context = loaded.Context };
        if (!isChat)
            return request;
        request = messages.AddTo(request, body.Messages, ChatVariables.FromArguments(body.ChatTemplateArguments));
        return request.HasPrompt ? request : throw new RefusedException(400, "messages: there is none; give at least one message");
    }

    private static void CheckSupport(CompletionBody body)
    {
        if (body.Answers is not (null or 1) || body.BestOf is not (null or 1))
            throw new RefusedException(400, "n: this server makes one answer a request; leave n and best_of out");
        if (body.Echo == true)
            throw new RefusedException(400, "echo: this server does not repeat the prompt; leave the field out");
        if (body.Suffix is { Length: > 0 })
            throw new RefusedException(400, "suffix: this server does not insert text; leave the field out");
        if (body.FrequencyPenalty is not (null or 0) || body.PresencePenalty is not (null or 0))
            throw new RefusedException(400, "frequency_penalty, presence_penalty: this server has no penalties; leave the fields out");
        Unsupported.Check("logprobs", body.Logprobs, "this server does not report probabilities");
        Unsupported.Check("logit_bias", body.LogitBias, "this server does not bias tokens");
        Unsupported.Check("tools", body.Tools, "this server does not call tools");
        if (body.ResponseFormat is { ValueKind: JsonValueKind.Object } format && format.TryGetProperty("type", out var type)
            && !(type.ValueKind == JsonValueKind.String && type.ValueEquals("text")))
            throw new RefusedException(400, "response_format: this server does not constrain its answers; leave the field out");
    }

    private static (string Text, int[]? Tokens) ReadPrompt(JsonElement? prompt)
    {
        if (prompt is not { ValueKind: not JsonValueKind.Null } value)
            return ("", null);
        // A batch of one prompt is that prompt.
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 1
            && value[0].ValueKind is JsonValueKind.String or JsonValueKind.Array)
            value = value[0];
        try
        {
            if (value.ValueKind == JsonValueKind.String)
                return (value.GetString()!, null);
        }
        catch (InvalidOperationException)
        {
            throw new RefusedException(400, "prompt: it is not valid Unicode");
        }
        if (value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _)))
            return ("", [.. value.EnumerateArray().Select(item => item.GetInt32())]);
        throw new RefusedException(400, value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 1
            && value.EnumerateArray().All(item => item.ValueKind is JsonValueKind.String or JsonValueKind.Array)
            ? FormattableString.Invariant($"prompt: {value.GetArrayLength()} prompts in one request are not supported; send one a request")
            : "prompt: it is neither a text nor an array of token ids");
    }
}
