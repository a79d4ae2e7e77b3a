using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace MemoryWall.Audit;

/// <summary>
/// Makes text of the bytes of a result file. Windows shells write UTF-16 where a program's output is redirected, with and without a mark
/// of the byte order, and files that both kinds were appended to; other files are UTF-8 or in a code page of one byte a character.
/// </summary>
internal static class ResultDecoder
{
    // Colours and movements of the cursor, which programs write to a terminal.
    private static readonly Regex s_escape = new(@"\x1B(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1B]*\x07?|[@-Z\\^_])",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly SearchValues<char> s_unwanted = SearchValues.Create("\0\r\x1B\uFEFF");

    private const int SampleLength = 4096;

    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes is [0xFF, 0xFE, ..])
            return Encoding.Unicode.GetString(bytes[2..]);
        if (bytes is [0xFE, 0xFF, ..])
            return Encoding.BigEndianUnicode.GetString(bytes[2..]);
        return CountZeros(bytes, 1) is var low && CountZeros(bytes, 0) is var high && Math.Max(low, high) > SampleShare(bytes)
            ? (low >= high ? Encoding.Unicode : Encoding.BigEndianUnicode).GetString(bytes)
            : (Utf8.IsValid(bytes) ? Encoding.UTF8 : Encoding.Latin1).GetString(bytes);
    }

    /// <summary>The text with lines that end in <c>\n</c>, and without escape sequences of a terminal, null characters, marks of the
    /// byte order and halves of surrogate pairs.</summary>
    public static string Clean(string text)
    {
        if (text.AsSpan().ContainsAny(s_unwanted))
        {
            if (text.Contains('\x1B', StringComparison.Ordinal))
                text = s_escape.Replace(text, "");
            text = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace("\0", "", StringComparison.Ordinal)
                .Replace("\uFEFF", "", StringComparison.Ordinal);
        }
        return ReplaceHalfPairs(text);
    }

    // JSON may write a half of a surrogate pair as an escape, which is no character: both forms become the replacement character.
    private static string ReplaceHalfPairs(string text)
    {
        char[]? clean = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]))
            {
                if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                    i++;
                else
                    (clean ??= text.ToCharArray())[i] = '\uFFFD';
            }
            else if (text[i] == '\\')
            {
                if (EscapedUnit(text, i) is not { } unit || !char.IsSurrogate(unit))
                    i++;
                else if (char.IsHighSurrogate(unit) && EscapedUnit(text, i + EscapeLength) is { } next && char.IsLowSurrogate(next))
                    i += 2 * EscapeLength - 1;
                else
                {
                    @"\ufffd".CopyTo(0, clean ??= text.ToCharArray(), i, EscapeLength);
                    i += EscapeLength - 1;
                }
            }
        }
        return clean is null ? text : new string(clean);
    }

    private const int EscapeLength = 6;

    private static char? EscapedUnit(string text, int at) =>
        at + EscapeLength <= text.Length && text[at] == '\\' && text[at + 1] == 'u'
            && ushort.TryParse(text.AsSpan(at + 2, 4), System.Globalization.NumberStyles.AllowHexSpecifier,
                System.Globalization.CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : null;

    private static int CountZeros(ReadOnlySpan<byte> bytes, int offset)
    {
        var zeros = 0;
        for (var i = offset; i < Math.Min(bytes.Length, SampleLength); i += 2)
            zeros += bytes[i] == 0 ? 1 : 0;
        return zeros;
    }

    // Text in Latin letters has a null byte in most of its units.
    private static int SampleShare(ReadOnlySpan<byte> bytes) => Math.Min(bytes.Length, SampleLength) / 4;
}
