using System.Text.Json;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>The answer of an OpenAI server: server-sent events, or one object.</summary>
internal sealed class OpenAiFormat(string model, bool isChat, DateTimeOffset created) : IAnswerFormat
{
    private readonly string _id = (isChat ? "chatcmpl-" : "cmpl-") + Guid.NewGuid().ToString("N");

    /// <summary>Whether the stream ends with an event that has the token counts.</summary>
    public bool IncludesUsage { get; set; }

    public string StreamContentType => "text/event-stream";

    public byte[] WriteStart() => isChat ? WriteChunk(null, null, isFirst: true) : [];

    public byte[] WriteText(string text) => WriteChunk(text, null);

    public byte[] WriteEnd(GenerateFrame report) =>
    [
        .. WriteChunk(null, FinishReason(report)),
        .. IncludesUsage ? WriteUsageChunk(report) : [],
        .. "data: [DONE]\n\n"u8,
    ];

    public byte[] WriteComplete(GenerateFrame report, string text) => JsonBytes.Write(json =>
    {
        WriteHead(json, isChat ? "chat.completion" : "text_completion");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        if (isChat)
        {
            json.WriteStartObject("message");
            json.WriteString("role", "assistant");
            json.WriteString("content", text);
            json.WriteEndObject();
        }
        else
        {
            json.WriteString("text", text);
        }
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", FinishReason(report));
        json.WriteEndObject();
        json.WriteEndArray();
        WriteUsage(json, report);
    });

    public byte[] WriteFailure(int status, string message) =>
        JsonBytes.Write(json => OpenAiError.Write(json, status, message), "data: "u8, "\n\n"u8);

    public byte[] WriteError(int status, string message) => JsonBytes.Write(json => OpenAiError.Write(json, status, message));

    private static string FinishReason(GenerateFrame report) => report.DoneReason == "length" ? "length" : "stop";

    private byte[] WriteChunk(string? text, string? finish, bool isFirst = false) => JsonBytes.Write(json =>
    {
        WriteHead(json, isChat ? "chat.completion.chunk" : "text_completion");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        if (isChat)
            WriteDelta(json, text, isFirst);
        else
            json.WriteString("text", text ?? "");
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", finish);
        json.WriteEndObject();
        json.WriteEndArray();
        if (IncludesUsage)
            json.WriteNull("usage");
    }, "data: "u8, "\n\n"u8);

    private static void WriteDelta(Utf8JsonWriter json, string? text, bool isFirst)
    {
        json.WriteStartObject("delta");
        if (isFirst)
            json.WriteString("role", "assistant");
        if (isFirst || text is not null)
            json.WriteString("content", text ?? "");
        json.WriteEndObject();
    }

    private byte[] WriteUsageChunk(GenerateFrame report) => JsonBytes.Write(json =>
    {
        WriteHead(json, isChat ? "chat.completion.chunk" : "text_completion");
        json.WriteStartArray("choices");
        json.WriteEndArray();
        WriteUsage(json, report);
    }, "data: "u8, "\n\n"u8);

    private void WriteHead(Utf8JsonWriter json, string kind)
    {
        json.WriteString("id", _id);
        json.WriteString("object", kind);
        json.WriteNumber("created", created.ToUnixTimeSeconds());
        json.WriteString("model", model);
    }

    private static void WriteUsage(Utf8JsonWriter json, GenerateFrame report)
    {
        if (report is not { PromptTokens: { } prompt, OutputTokens: { } output })
            return;
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", prompt);
        json.WriteNumber("completion_tokens", output);
        json.WriteNumber("total_tokens", prompt + output);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteKnown("cached_tokens", report.CachedPromptTokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

/// <summary>An error as OpenAI's clients read it.</summary>
internal static class OpenAiError
{
    /// <summary>Writes the field <c>error</c>.</summary>
    public static void Write(Utf8JsonWriter json, int status, string message)
    {
        json.WriteStartObject("error");
        json.WriteString("message", message);
        json.WriteString("type", status switch
        {
            401 => "authentication_error",
            404 => "not_found_error",
            >= 500 => "server_error",
            _ => "invalid_request_error",
        });
        json.WriteNull("param");
        json.WriteNull("code");
        json.WriteEndObject();
    }
}
