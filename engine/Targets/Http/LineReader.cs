using System.Buffers;
using MemoryWall.Core.Time;

namespace MemoryWall.Targets.Http;

/// <summary>How the lines of a response ended.</summary>
internal enum LineStreamEnd
{
    /// <summary>They have not ended.</summary>
    Open,

    /// <summary>The response is complete as HTTP defines it.</summary>
    Complete,

    /// <summary>The connection broke.</summary>
    Broken,

    /// <summary>A line was longer than the limit.</summary>
    LineTooLong,

    /// <summary>The lines together were longer than the limit.</summary>
    AnswerTooLong,
}

/// <summary>Reads the lines of a response, each with the arrival time of its last byte. The length of a line and of all
/// together is limited. Its bytes are
/// copied only where they span several buffers.</summary>
internal sealed class LineReader(StreamPump pump, int maxLineBytes, long maxBytes = long.MaxValue) : IDisposable
{
    /// <summary>1 MiB; lines with progress or content have a few hundred bytes.</summary>
    public const int DefaultMaxLineBytes = 1 << 20;

    private ReadOnlySequence<byte> _buffer;
    private bool _hasBuffer;
    private long _consumed;
    private long _scanned;
    private byte[] _joined = [];

    /// <summary>The line without its line break; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>When its last byte arrived.</summary>
    public Instant Arrived { get; private set; }

    /// <summary>How the lines ended.</summary>
    public LineStreamEnd End { get; private set; }

    /// <summary>When the response ended; null before.</summary>
    public Instant? Ended => pump.Ended;

    /// <summary>Why the connection broke; null where it did not.</summary>
    public Exception? Failure => pump.Failure;

    public int MaxLineBytes => maxLineBytes;

    /// <summary>The longest accepted answer, in bytes.</summary>
    public long MaxBytes => maxBytes;

    /// <summary>Moves to the next line; false at the end. Bytes after the last line break count as a line only where the response is
    /// complete.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        while (End == LineStreamEnd.Open)
        {
            if (_consumed > maxBytes)
            {
                End = LineStreamEnd.AnswerTooLong;
                break;
            }
            if (_hasBuffer && TryTakeLine())
                return true;
            if (_hasBuffer && _buffer.Length > maxLineBytes)
            {
                End = LineStreamEnd.LineTooLong;
                break;
            }
            if (_hasBuffer)
                pump.Reader.AdvanceTo(_buffer.Start, _buffer.End);
            _hasBuffer = false;
            var result = await pump.Reader.ReadAsync(cancellation).ConfigureAwait(false);
            _buffer = result.Buffer;
            _hasBuffer = true;
            if (result.IsCompleted && _buffer.PositionOf((byte)'\n') is null)
                return TryTakeLastLine();
        }
        return false;
    }

    public void Dispose()
    {
        if (_hasBuffer)
            pump.Reader.AdvanceTo(_buffer.End);
        _hasBuffer = false;
        pump.Reader.Complete();
    }

    private bool TryTakeLine()
    {
        // Searches only new bytes for a line break; otherwise a line in many pieces would cost quadratic time.
        var unseen = _buffer.Slice(_scanned);
        if (unseen.PositionOf((byte)'\n') is not { } end)
        {
            _scanned = _buffer.Length;
            return false;
        }
        var line = _buffer.Slice(0, end);
        if (line.Length > maxLineBytes)
            return false;
        SetLine(line);
        _buffer = _buffer.Slice(_buffer.GetPosition(1, end));
        return true;
    }

    private bool TryTakeLastLine()
    {
        End = pump.Failure is null ? LineStreamEnd.Complete : LineStreamEnd.Broken;
        if (End == LineStreamEnd.Broken || _buffer.IsEmpty)
            return false;
        if (_buffer.Length > maxLineBytes)
        {
            End = LineStreamEnd.LineTooLong;
            return false;
        }
        SetLine(_buffer);
        _buffer = _buffer.Slice(_buffer.End);
        return true;
    }

    private void SetLine(ReadOnlySequence<byte> line)
    {
        var length = (int)line.Length;
        Arrived = pump.ArrivalOf(Math.Max(0, _consumed + length - (End == LineStreamEnd.Open ? 0 : 1)));
        _consumed += length + 1;
        _scanned = 0;
        if (!line.IsSingleSegment)
        {
            if (_joined.Length < length)
                _joined = new byte[Math.Min(maxLineBytes, Math.Max(length, 2 * _joined.Length))];
            line.CopyTo(_joined);
        }
        Line = line.IsSingleSegment ? line.First : _joined.AsMemory(0, length);
        if (Line.Length > 0 && Line.Span[^1] == (byte)'\r')
            Line = Line[..^1];
    }
}
