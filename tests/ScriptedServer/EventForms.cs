namespace MemoryWall.ScriptedServer;

/// <summary>Parts of streams of server-sent events that are not frames.</summary>
internal static class EventForms
{
    private const string Ping = "event: ping\ndata: {\"type\":\"ping\"}\n\nevent: keepalive\ndata: still here\n\n";

    /// <summary>What comes between two chunks; null for nothing.</summary>
    public static Func<int, string>? Between(StreamForms forms) => (forms & (StreamForms.Comments | StreamForms.PingEvents)) == 0
        ? null
        : chunk => (forms.HasFlag(StreamForms.Comments) ? $": ping\n\n: keepalive {chunk}/8\n\n:\n\n" : "")
            + (forms.HasFlag(StreamForms.PingEvents) ? Ping : "");

    /// <summary>An error as an event of its own; null in the usual form.</summary>
    public static Func<string, string>? WrapError(StreamForms forms) =>
        forms.HasFlag(StreamForms.ErrorEvent) ? json => $"event: error\ndata: {json}\n\n" : null;

    /// <summary>The JSON of an error in the forms that have no field of that name; null in the usual form.</summary>
    public static object? Error(StreamForms forms, string text) =>
        forms.HasFlag(StreamForms.ErrorEvent) ? new { message = text, code = 500 }
        : forms.HasFlag(StreamForms.ErrorObject)
            ? new Dictionary<string, object> { ["object"] = "error", ["message"] = text, ["type"] = "InternalServerError", ["code"] = 500 }
            : null;
}
