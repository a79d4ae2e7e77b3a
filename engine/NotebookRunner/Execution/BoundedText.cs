using System.Globalization;
using System.Text;

namespace MemoryWall.NotebookRunner.Execution;

/// <summary>A text of limited length: its beginning, its end, and a note about what was omitted between them.</summary>
internal sealed class BoundedText(int limit)
{
    private readonly StringBuilder _head = new();
    private readonly StringBuilder _tail = new();
    private readonly int _half = limit / 2;
    private long _droppedCharacters;
    private long _droppedLines;

    public void Append(string text)
    {
        var room = _tail.Length > 0 || _droppedCharacters > 0 ? 0 : Math.Min(text.Length, limit - _head.Length);
        if (room > 0 && room < text.Length && char.IsHighSurrogate(text[room - 1]))
            room--;
        _head.Append(text, 0, room);
        if (room == text.Length)
            return;
        if (_head.Length > _half)
            MoveToTail();
        _tail.Append(text, room, text.Length - room);
        // Dropping text only at twice the size keeps the cost linear.
        if (_tail.Length > 2 * _half)
            DropFront();
    }

    public override string ToString()
    {
        if (_tail.Length > _half)
            DropFront();
        return _droppedCharacters == 0
            ? _head.ToString() + _tail
            : string.Create(CultureInfo.InvariantCulture,
                $"{_head}\n[… {_droppedCharacters:#,0} characters, {_droppedLines:#,0} line ends, omitted by the notebook runner …]\n")
                + _tail;
    }

    private void MoveToTail()
    {
        var keep = _half > 0 && char.IsHighSurrogate(_head[_half - 1]) ? _half - 1 : _half;
        _tail.Append(_head, keep, _head.Length - keep);
        _head.Length = keep;
    }

    private void DropFront()
    {
        var drop = _tail.Length - _half;
        if (char.IsLowSurrogate(_tail[drop]) && drop + 1 <= _tail.Length)
            drop++;
        var dropped = _tail.ToString(0, drop);
        _droppedCharacters += drop;
        _droppedLines += dropped.AsSpan().Count('\n');
        _tail.Remove(0, drop);
    }
}
