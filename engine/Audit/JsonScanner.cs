using System.Buffers;

namespace MemoryWall.Audit;

/// <summary>Where a JSON value ends, or how far it is whole.</summary>
/// <param name="End">The place after the value; below 0 where the text there is no whole JSON value.</param>
/// <param name="IsCut">Whether the text ends inside the value.</param>
/// <param name="RowsEnd">The place after the last whole element of an outermost array; 0 where there is none.</param>
/// <param name="Closing">The brackets that close what is open at that place.</param>
internal readonly record struct JsonExtent(int End, bool IsCut, int RowsEnd, string Closing);

/// <summary>
/// Finds the end of a JSON value in a text that need not be JSON, without an exception for each text that is not. NaN and Infinity, which
/// Python writes, count as values; their places are collected.
/// </summary>
internal ref struct JsonScanner(ReadOnlySpan<char> text, List<(int At, int Length)> nonFinite)
{
    /// <summary>The deepest nesting that is read.</summary>
    public const int MaxDepth = 64;

    private static readonly SearchValues<char> s_stringEnd = SearchValues.Create(
        ['"', '\\', .. Enumerable.Range(0, ' ').Select(c => (char)c)]);

    private readonly ReadOnlySpan<char> _text = text;
    private readonly List<(int At, int Length)> _nonFinite = nonFinite;
    private int _at;
    private int _rowsEnd;
    private string _closing = "";
    private readonly char[] _open = new char[MaxDepth];
    private int _depth;

    private enum Next
    {
        Value,
        ValueOrEnd,
        KeyOrEnd,
        Colon,
        CommaOrEnd,
    }

    /// <summary>The extent of the value that begins at a place.</summary>
    public JsonExtent Scan(int start)
    {
        (_at, _rowsEnd, _closing, _depth) = (start, 0, "", 0);
        var next = Next.Value;
        while (true)
        {
            while (_at < _text.Length && _text[_at] is ' ' or '\n' or '\t' or '\r')
                _at++;
            if (_at >= _text.Length)
                return Fail(isCut: true);
            if (Step(ref next) is { } failed)
                return failed;
            if (_depth == 0 && next == Next.CommaOrEnd)
                return new JsonExtent(_at, IsCut: false, _rowsEnd, _closing);
        }
    }

    private JsonExtent? Step(ref Next next)
    {
        var c = _text[_at];
        switch (next)
        {
            case Next.KeyOrEnd when c == '"':
                next = Next.Colon;
                return SkipString();
            case Next.Colon when c == ':':
                next = Next.Value;
                _at++;
                return null;
            case Next.CommaOrEnd when c == ',':
                next = _open[_depth - 1] == '[' ? Next.ValueOrEnd : Next.KeyOrEnd;
                _at++;
                return null;
            case Next.KeyOrEnd or Next.CommaOrEnd when c == '}' && _open[_depth - 1] == '{':
            case Next.ValueOrEnd or Next.CommaOrEnd when c == ']' && _open[_depth - 1] == '[':
                _depth--;
                _at++;
                next = Complete();
                return null;
            case Next.Value or Next.ValueOrEnd when c is '{' or '[':
                if (_depth == MaxDepth)
                    return Fail(isCut: false);
                _open[_depth++] = c;
                _at++;
                next = c == '{' ? Next.KeyOrEnd : Next.ValueOrEnd;
                return null;
            case Next.Value or Next.ValueOrEnd:
                var failed = c == '"' ? SkipString() : SkipLiteral();
                next = failed is null ? Complete() : next;
                return failed;
            default:
                return Fail(isCut: false);
        }
    }

    // After a value: where it is an element of an array that is in no other array, everything up to it is whole.
    private Next Complete()
    {
        if (_depth > 0 && _open[_depth - 1] == '[' && _open.AsSpan(0, _depth - 1).IndexOf('[') < 0)
            (_rowsEnd, _closing) = (_at, "]" + new string('}', _depth - 1));
        return Next.CommaOrEnd;
    }

    private readonly JsonExtent Fail(bool isCut) => new(-1, isCut, _rowsEnd, _closing);

    private JsonExtent? SkipString()
    {
        _at++;
        while (true)
        {
            var found = _text[_at..].IndexOfAny(s_stringEnd);
            if (found < 0)
                return Fail(isCut: true);
            _at += found;
            switch (_text[_at])
            {
                case '"':
                    _at++;
                    return null;
                case '\\' when _at + 1 >= _text.Length:
                    return Fail(isCut: true);
                case '\\' when _text[_at + 1] is '"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't':
                    _at += 2;
                    break;
                case '\\' when _text[_at + 1] == 'u' && HexDigits(_at + 2) is var digits && digits == 4:
                    _at += 2 + digits;
                    break;
                default:
                    return Fail(isCut: _text[_at] == '\\' && _at + 6 > _text.Length);
            }
        }
    }

    private readonly int HexDigits(int at)
    {
        var count = 0;
        while (count < 4 && at + count < _text.Length && char.IsAsciiHexDigit(_text[at + count]))
            count++;
        return count;
    }

    private JsonExtent? SkipLiteral()
    {
        var rest = _text[_at..];
        foreach (var word in (ReadOnlySpan<string>)["true", "false", "null", "NaN", "Infinity", "-Infinity"])
        {
            if (rest.StartsWith(word, StringComparison.Ordinal))
            {
                if (word[^1] is 'N' or 'y')
                    _nonFinite.Add((_at, word.Length));
                _at += word.Length;
                return null;
            }
        }
        var length = NumberLength(rest);
        if (length <= 0)
            return Fail(isCut: rest.Length < 2);
        _at += length;
        return null;
    }

    // -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?
    private static int NumberLength(ReadOnlySpan<char> text)
    {
        var at = text is ['-', ..] ? 1 : 0;
        var whole = Digits(text, at);
        if (whole == 0 || whole > 1 && text[at] == '0')
            return 0;
        at += whole;
        if (at < text.Length && text[at] == '.')
        {
            if (Digits(text, at + 1) is var decimals and > 0)
                at += 1 + decimals;
            else
                return 0;
        }
        if (at < text.Length && text[at] is 'e' or 'E')
        {
            var sign = at + 1 < text.Length && text[at + 1] is '+' or '-' ? 2 : 1;
            if (Digits(text, at + sign) is var exponent and > 0)
                at += sign + exponent;
            else
                return 0;
        }
        return at;
    }

    private static int Digits(ReadOnlySpan<char> text, int at)
    {
        if (at >= text.Length)
            return 0;
        var count = text[at..].IndexOfAnyExceptInRange('0', '9');
        return count < 0 ? text.Length - at : count;
    }
}
