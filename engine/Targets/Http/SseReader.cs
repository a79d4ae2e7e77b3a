using MemoryWall.Core.Time;

namespace MemoryWall.Targets.Http;

/// <summary>
/// Reads the data of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). Data on several lines is joined.
/// A line that is a complete JSON object is an event of its own, since some servers omit the blank line between events. A line without a
/// known field, such as a bare JSON error, is data too, because it is evidence. Comments (<c>: ping</c>) and events that only keep the
/// connection open are skipped.
/// </summary>
internal sealed class SseReader(LineReader lines)
{
    // An event's name is one word.
    private const int MaxNameBytes = 64;

    private byte[] _data = [];
    private int _length;
    private Instant _lastArrived;
    private string _name = "";

    /// <summary>The event's data; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Data { get; private set; }

    /// <summary>When its last byte arrived.</summary>
    public Instant Arrived { get; private set; }

    /// <summary>Whether the event is named <c>error</c>, which servers send with status 200.</summary>
    public bool IsError { get; private set; }

    /// <summary>Whether joined data exceeded the limit of a line.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Moves to the next event; false at the end. A last event without a blank line counts only where the response is
    /// complete.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        _length = 0;
        while (await lines.ReadAsync(cancellation).ConfigureAwait(false))
        {
            var line = lines.Line;
            if (line.IsEmpty)
            {
                if (TrySetJoined())
                    return true;
                continue;
            }
            if (Field(line) is not { } value)
                continue;
            if (_length == 0 && IsCompleteEvent(value.Span))
            {
                var isKeepAlive = IsKeepAlive;
                if (!isKeepAlive)
                    SetEvent(value, lines.Arrived);
                // A server that omits blank lines ends the event here, and its name with it.
                _name = "";
                if (isKeepAlive)
                    continue;
                return true;
            }
            if (!TryAppend(value.Span))
                return false;
            _lastArrived = lines.Arrived;
        }
        return lines.End == LineStreamEnd.Complete && TrySetJoined();
    }

    private bool IsKeepAlive => _name is "ping" or "keepalive" or "keep-alive" or "heartbeat";

    private bool TrySetJoined()
    {
        var isEvent = _length > 0 && !IsKeepAlive && SetEvent(_data.AsMemory(0, _length), _lastArrived);
        (_length, _name) = (0, "");
        return isEvent;
    }

    private ReadOnlyMemory<byte>? Field(ReadOnlyMemory<byte> line)
    {
        if (line.Span.StartsWith("\uFEFF"u8))
            line = line[3..];
        var span = line.Span;
        if (span.StartsWith("event:"u8))
        {
            _name = System.Text.Encoding.UTF8.GetString(span["event:".Length..Math.Min(span.Length, MaxNameBytes)]).Trim();
            return null;
        }
        if (span.IsEmpty || span[0] == (byte)':' || span.StartsWith("id:"u8) || span.StartsWith("retry:"u8))
            return null;
        // llama-server before 2025-09 named the field of an error "error".
        var name = span.StartsWith("data:"u8) ? 5
            : span.StartsWith("error:"u8) ? 6 : 0;
        return TrimEnd(line[(name > 0 && name < span.Length && span[name] == (byte)' ' ? name + 1 : name)..]);
    }

    private static ReadOnlyMemory<byte> TrimEnd(ReadOnlyMemory<byte> value) => value[..(value.Span.LastIndexOfAnyExcept(" \t"u8) + 1)];

    private static bool IsCompleteEvent(ReadOnlySpan<byte> value) =>
        value.SequenceEqual("[DONE]"u8) || (value.Length > 1 && value[0] == (byte)'{' && value[^1] == (byte)'}');

    private bool SetEvent(ReadOnlyMemory<byte> data, Instant arrived)
    {
        (Data, Arrived, IsError) = (data, arrived, _name == "error");
        return true;
    }

    private bool TryAppend(ReadOnlySpan<byte> value)
    {
        var length = _length + value.Length + (_length > 0 ? 1 : 0);
        if (length > lines.MaxLineBytes)
        {
            IsTooLong = true;
            return false;
        }
        if (_data.Length < length)
            Array.Resize(ref _data, Math.Min(lines.MaxLineBytes, Math.Max(length, 2 * _data.Length)));
        if (_length > 0)
            _data[_length++] = (byte)'\n';
        value.CopyTo(_data.AsSpan(_length));
        _length = length;
        return true;
    }
}
