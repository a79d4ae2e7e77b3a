using System.Text.Json;
using MemoryWall.LlamaServer.Http;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>Handles Ollama's <c>POST /api/chat</c>.</summary>
internal sealed class OllamaChatEndpoint(ClientAnswer answer, RequestReader reader, ChatMessages messages, string model, TimeProvider time)
{
    public Task HandleAsync(HttpContext http) =>
        answer.RunAsync(http, new OllamaChatFormat(model, time), async () => Create(
            await BodyReader.ReadAsync(http, ClientJson.Bodies.ChatBody).ConfigureAwait(false)));

    private GenerateRequest Create(ChatBody body)
    {
        BodyReader.CheckModel(body.Model, body.Name, model);
        Unsupported.Check("tools", body.Tools, "this server does not call tools");
        Unsupported.Check("format", body.Format, "this server does not constrain its answers");
        Unsupported.Check("think", body.Think, "this server does not tell thoughts from the answer");
        var request = reader.Create(new GenerateBody
        {
            Model = model,
            Options = body.Options,
            KeepAlive = body.KeepAlive,
            Stream = body.Stream,
            Truncate = body.Truncate,
        });
        return messages.AddTo(request, body.Messages, ChatVariables.FromThink(body.Think));
    }
}

/// <summary>Fields that would change the answer and that this server does not have.</summary>
internal static class Unsupported
{
    /// <summary>Refuses a field that asks for something; an absent, empty or false one asks for nothing.</summary>
    /// <exception cref="RefusedException">The field asks for something.</exception>
    public static void Check(string field, JsonElement? value, string reason)
    {
        if (value is not (null or { ValueKind: JsonValueKind.Null or JsonValueKind.False })
            && value.Value.GetRawText() is not ("\"\"" or "[]" or "{}"))
            throw new RefusedException(400, $"{field}: {reason}; leave the field out");
    }
}

/// <summary>The lines of an answer to <c>/api/chat</c>.</summary>
internal sealed class OllamaChatFormat(string model, TimeProvider time) : IAnswerFormat
{
    private readonly long _started = time.GetTimestamp();

    public string StreamContentType => "application/x-ndjson";

    public byte[] WriteStart() => [];

    public byte[] WriteText(string text) => WriteLine(text, null);

    public byte[] WriteEnd(GenerateFrame report) => WriteLine("", report);

    public byte[] WriteComplete(GenerateFrame report, string text) => WriteLine(text, report);

    public byte[] WriteFailure(int status, string message) => WriteError(status, message);

    public byte[] WriteError(int status, string message) => JsonBytes.Write(json => json.WriteString("error", message), suffix: "\n"u8);

    private byte[] WriteLine(string text, GenerateFrame? report) => JsonBytes.Write(json =>
    {
        json.WriteString("model", model);
        json.WriteString("created_at", time.GetUtcNow());
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        json.WriteString("content", text);
        json.WriteEndObject();
        json.WriteBoolean("done", report is not null);
        if (report is null)
            return;
        json.WriteString("done_reason", report.DoneReason);
        if (report.PromptTokens is null)
            return;
        json.WriteNumber("total_duration", (long)(time.GetElapsedTime(_started).TotalSeconds * 1e9));
        json.WriteKnown("load_duration", report.LoadNanoseconds);
        json.WriteKnown("prompt_eval_count", report.PromptTokens);
        json.WriteKnown("prompt_eval_cached_count", report.CachedPromptTokens);
        json.WriteKnown("prompt_eval_duration", report.PrefillNanoseconds);
        json.WriteKnown("eval_count", report.OutputTokens);
        json.WriteKnown("eval_duration", report.GenerationNanoseconds);
    }, suffix: "\n"u8);
}
