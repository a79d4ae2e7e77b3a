using System.Text;

namespace MemoryWall.ScriptedServer;

/// <summary>
/// The answer to one request, step by step, in the order in which it is sent:
/// <c>Reply.Stream().Wait(prefill).Line(json).Wait(step).Line(json).End()</c>. Each wait counts from the planned end of the step before, so
/// that delays of the machine do not add up.
/// </summary>
public sealed class Reply
{
    private readonly List<Step> _steps = [];
    private bool _chunked;

    private Reply()
    {
    }

    internal IReadOnlyList<Step> Steps => _steps;

    /// <summary>Bytes per write to the socket; 0 for a whole step at once.</summary>
    internal int TearEvery { get; private set; }

    /// <summary>A complete answer.</summary>
    public static Reply Whole(int status, string body, string type = "application/json", string? header = null) => new Reply().Raw(
        $"HTTP/1.1 {status} {Reason(status)}\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"
        + $"{(header is null ? "" : header + "\r\n")}Connection: close\r\n\r\n{body}");

    public static Reply Json(string body) => Whole(200, body);

    /// <summary>The head of an answer in chunks; steps follow.</summary>
    public static Reply Stream(string type = "application/x-ndjson")
    {
        var reply = new Reply().Raw($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
        reply._chunked = true;
        return reply;
    }

    /// <summary>No head, so the answer is not HTTP.</summary>
    public static Reply Nothing() => new();

    public Reply Wait(TimeSpan time) => Add(new Step(StepKind.Wait, [], time));

    public Reply Line(string json) => Text(json + "\n");

    public Reply Event(string data) => Text($"data: {data}\n\n");

    /// <summary>Text as one HTTP chunk.</summary>
    public Reply Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    /// <summary>Bytes as one HTTP chunk.</summary>
    public Reply Bytes(byte[] bytes) => Add(new Step(StepKind.Send, _chunked ? Chunk(bytes) : bytes, default) { IsContent = true });

    /// <summary>Bytes without a chunk header.</summary>
    public Reply Raw(string text) => Add(new Step(StepKind.Send, Encoding.UTF8.GetBytes(text), default));

    /// <summary>Ends the answer normally.</summary>
    public Reply End() => _chunked ? Raw("0\r\n\r\n") : this;

    /// <summary>Closes the connection without ending the answer.</summary>
    public Reply Close() => Add(new Step(StepKind.Close, [], default));

    /// <summary>Resets the connection.</summary>
    public Reply Reset() => Add(new Step(StepKind.Reset, [], default));

    /// <summary>Sends nothing more until the client closes the connection.</summary>
    public Reply Hang() => Add(new Step(StepKind.Hang, [], default));

    /// <summary>Repeats one step until the client closes the connection.</summary>
    public Reply Forever(string text) =>
        Add(new Step(StepKind.Forever, _chunked ? Chunk(Encoding.UTF8.GetBytes(text)) : Encoding.UTF8.GetBytes(text), default));

    /// <summary>Splits everything into writes of this many bytes.</summary>
    public Reply Torn(int bytes)
    {
        TearEvery = bytes;
        return this;
    }

    private static byte[] Chunk(byte[] bytes) => [.. Encoding.ASCII.GetBytes($"{bytes.Length:x}\r\n"), .. bytes, (byte)'\r', (byte)'\n'];

    private static string Reason(int status) =>
        status switch
        {
            200 => "OK",
            302 => "Found",
            400 => "Bad Request",
            403 => "Forbidden",
            404 => "Not Found",
            429 => "Too Many Requests",
            500 => "Internal Server Error",
            503 => "Service Unavailable",
            _ => "Status"
        };

    private Reply Add(Step step)
    {
        _steps.Add(step);
        return this;
    }
}

internal enum StepKind
{
    Send,
    Wait,
    Close,
    Reset,
    Hang,
    Forever,
}

internal sealed record Step(StepKind Kind, byte[] Data, TimeSpan Time)
{
    public bool IsContent { get; init; }
}
