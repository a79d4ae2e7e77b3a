using System.Text;

namespace MemoryWall.Prompts.Tokenizers;

/// <summary>
/// The spelling of bytes in byte-level BPE vocabularies (GPT-2's <c>bytes_to_unicode</c>): printable Latin-1 bytes are spelled as
/// themselves, the others as U+0100 and up, in order.
/// </summary>
internal static class ByteLevelAlphabet
{
    /// <summary>The spelling of a blank, Ġ.</summary>
    public const char Space = 'Ġ';

    private static readonly char[] s_byteToChar = Build();

    /// <summary>The character of each byte.</summary>
    public static ReadOnlySpan<char> Characters => s_byteToChar;

    /// <summary>Spells a text like the vocabulary.</summary>
    public static string Spell(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return string.Create(bytes.Length, bytes, static (chars, source) =>
        {
            for (var i = 0; i < source.Length; i++)
                chars[i] = s_byteToChar[source[i]];
        });
    }

    private static char[] Build()
    {
        var table = new char[256];
        var next = 256;
        for (var b = 0; b < 256; b++)
            table[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)b : (char)next++;
        return table;
    }
}
