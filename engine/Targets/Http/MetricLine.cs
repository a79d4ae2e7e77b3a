using System.Globalization;
using System.Text;

namespace MemoryWall.Targets.Http;

/// <summary>
/// Reads one line of Prometheus' text format 0.0.4, <c>name{label="value",…} number [timestamp]</c>, with blanks or tabs between its
/// parts. A line of another form is refused as a whole, so that no part of it passes for a number.
/// </summary>
internal ref struct MetricLine(ReadOnlySpan<char> line)
{
    private const int MaxLabels = 64;
    private ReadOnlySpan<char> _rest = line;

    /// <summary>Reads a line that is neither empty nor a comment.</summary>
    /// <param name="line">The line.</param>
    /// <param name="name">The metric's name.</param>
    /// <param name="sample">The sample; null where the line has another form.</param>
    public static bool TryParse(ReadOnlySpan<char> line, out ReadOnlySpan<char> name, out MetricSample? sample)
    {
        var reader = new MetricLine(line.Trim(" \t\r"));
        sample = null;
        name = reader.TakeName(allowColon: true);
        if (name.IsEmpty || reader._rest is not ['{' or ' ' or '\t', ..] || !reader.TryTakeLabels(out var labels)
            || !TryParseValue(reader.TakeWord(), out var value))
            return false;
        var stamp = reader.TakeWord();
        long? milliseconds = null;
        if (!stamp.IsEmpty)
        {
            if (!long.TryParse(stamp, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var known))
                return false;
            milliseconds = known;
        }
        if (!reader._rest.IsEmpty)
            return false;
        sample = new MetricSample(labels, value, milliseconds);
        return true;
    }

    // The numbers of Go's ParseFloat, without its hexadecimal form and its underscores, which no exporter writes.
    private static bool TryParseValue(ReadOnlySpan<char> text, out double value)
    {
        var unsigned = text.TrimStart("+-");
        if (text.Length - unsigned.Length <= 1 && unsigned.Equals("Inf", StringComparison.OrdinalIgnoreCase))
        {
            value = text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }
        return double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture, out value);
    }

    private static bool IsNameLetter(char letter, bool allowColon) =>
        char.IsAsciiLetterOrDigit(letter) || letter == '_' || (allowColon && letter == ':');

    private bool TryTakeLabels(out IReadOnlyList<KeyValuePair<string, string>> labels)
    {
        labels = [];
        SkipBlanks();
        if (!TryTake('{'))
            return true;
        var found = new List<KeyValuePair<string, string>>();
        labels = found;
        while (true)
        {
            SkipBlanks();
            if (TryTake('}'))
                return true;
            var name = TakeName(allowColon: false);
            SkipBlanks();
            if (name.IsEmpty || found.Count == MaxLabels || !TryTake('='))
                return false;
            SkipBlanks();
            if (!TryTakeText(out var text))
                return false;
            found.Add(new(name.ToString(), text));
            SkipBlanks();
            if (!TryTake(',') && !_rest.StartsWith("}", StringComparison.Ordinal))
                return false;
        }
    }

    // A text in quotation marks, in which a backslash is before a quotation mark, a backslash, or the n of a line break.
    private bool TryTakeText(out string text)
    {
        text = "";
        if (!TryTake('"'))
            return false;
        var end = _rest.IndexOfAny('"', '\\');
        if (end >= 0 && _rest[end] == '"')
        {
            text = _rest[..end].ToString();
            _rest = _rest[(end + 1)..];
            return true;
        }
        var read = new StringBuilder();
        while (!_rest.IsEmpty)
        {
            var letter = _rest[0];
            _rest = _rest[1..];
            if (letter == '"')
            {
                text = read.ToString();
                return true;
            }
            if (letter != '\\')
            {
                read.Append(letter);
                continue;
            }
            if (_rest.IsEmpty || _rest[0] is not ('"' or '\\' or 'n'))
                return false;
            read.Append(_rest[0] == 'n' ? '\n' : _rest[0]);
            _rest = _rest[1..];
        }
        return false;
    }

    private ReadOnlySpan<char> TakeName(bool allowColon)
    {
        var length = 0;
        while (length < _rest.Length && IsNameLetter(_rest[length], allowColon))
            length++;
        if (length > 0 && char.IsAsciiDigit(_rest[0]))
            length = 0;
        var name = _rest[..length];
        _rest = _rest[length..];
        return name;
    }

    // The text before the next blank.
    private ReadOnlySpan<char> TakeWord()
    {
        SkipBlanks();
        var end = _rest.IndexOfAny(' ', '\t');
        var word = end < 0 ? _rest : _rest[..end];
        _rest = _rest[word.Length..];
        SkipBlanks();
        return word;
    }

    private void SkipBlanks() => _rest = _rest.TrimStart(" \t");

    private bool TryTake(char letter)
    {
        if (_rest.IsEmpty || _rest[0] != letter)
            return false;
        _rest = _rest[1..];
        return true;
    }
}
