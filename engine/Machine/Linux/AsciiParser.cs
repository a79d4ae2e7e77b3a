namespace MemoryWall.Machine.Linux;

/// <summary>Parses the kernel's numbers from bytes, without allocating. Malformed text yields NaN or false, never an exception.</summary>
internal static class AsciiParser
{
    /// <summary>
    /// Takes a whole number from the front, after blanks, and moves past it. NaN where there is none or it needs more than 64 bits. Numbers
    /// above 2^53 are rounded, as doubles are.
    /// </summary>
    public static double TakeNumber(ref ReadOnlySpan<byte> text)
    {
        var i = 0;
        while (i < text.Length && text[i] is (byte)' ' or (byte)'\t')
            i++;
        var first = i;
        ulong number = 0;
        while (i < text.Length && text[i] is >= (byte)'0' and <= (byte)'9')
        {
            var digit = (ulong)(text[i] - '0');
            if (number > (ulong.MaxValue - digit) / 10)
            {
                text = text[i..];
                return double.NaN;
            }
            number = number * 10 + digit;
            i++;
        }
        text = text[i..];
        return i == first ? double.NaN : number;
    }

    /// <summary>The number at the front; NaN where there is none.</summary>
    public static double ParseNumber(ReadOnlySpan<byte> text) => TakeNumber(ref text);

    /// <summary>The number at the front, which may be negative; NaN where there is none.</summary>
    public static double ParseSigned(ReadOnlySpan<byte> text)
    {
        text = text.TrimStart(" \t\n"u8);
        return text.Length > 0 && text[0] == (byte)'-' ? -ParseNumber(text[1..]) : ParseNumber(text);
    }

    /// <summary>Moves past the next words and the blanks before them.</summary>
    public static void SkipWords(ref ReadOnlySpan<byte> text, int count)
    {
        while (count-- > 0)
        {
            text = text.TrimStart((byte)' ');
            var end = text.IndexOf((byte)' ');
            text = end < 0 ? [] : text[end..];
        }
    }

    /// <summary>Takes the next word of a line and moves past it; empty at the end.</summary>
    public static ReadOnlySpan<byte> TakeWord(ref ReadOnlySpan<byte> text)
    {
        text = text.TrimStart(" \t"u8);
        var end = text.IndexOfAny(" \t\n"u8);
        var word = end < 0 ? text : text[..end];
        text = text[word.Length..];
        return word;
    }

    /// <summary>Takes the next line, without its newline; false at the end.</summary>
    public static bool TakeLine(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        if (text.IsEmpty)
        {
            line = [];
            return false;
        }
        var end = text.IndexOf((byte)'\n');
        line = end < 0 ? text : text[..end];
        text = end < 0 ? [] : text[(end + 1)..];
        return true;
    }

    /// <summary>The text after a given beginning of a line (with the newline before it); empty where no line begins so.</summary>
    public static ReadOnlySpan<byte> FindAfter(ReadOnlySpan<byte> text, ReadOnlySpan<byte> beginning)
    {
        var at = text.IndexOf(beginning);
        return at < 0 ? [] : text[(at + beginning.Length)..];
    }
}
