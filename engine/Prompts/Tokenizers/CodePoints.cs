using System.Globalization;
using System.Text;

namespace MemoryWall.Prompts.Tokenizers;

/// <summary>
/// .NET's regular expressions treat a character beyond U+FFFF as two characters, pre-tokenizers as one. Such a character is replaced by one
/// of the same category from the basic plane that no pattern mentions.
/// </summary>
internal static class CodePoints
{
    /// <summary>Returns the text with one character for each code point, and the offset of each in the original; a last entry marks the
    /// end.</summary>
    public static (string Text, int[] Offsets) ReplaceSupplementary(ReadOnlySpan<char> text)
    {
        var replaced = new StringBuilder(text.Length);
        var offsets = new List<int>(text.Length + 1);
        for (var i = 0; i < text.Length;)
        {
            offsets.Add(i);
            if (Rune.DecodeFromUtf16(text[i..], out var rune, out var consumed) == System.Buffers.OperationStatus.Done && !rune.IsBmp)
                replaced.Append(ReplaceSupplementary(Rune.GetUnicodeCategory(rune)));
            else
                replaced.Append(consumed == 1 && char.IsSurrogate(text[i]) ? '\uFFFD' : text[i]);
            i += consumed;
        }
        offsets.Add(text.Length);
        return (replaced.ToString(), [.. offsets]);
    }

    private static char ReplaceSupplementary(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => 'Ⱥ',
        UnicodeCategory.LowercaseLetter => 'ⱥ',
        UnicodeCategory.ModifierLetter => 'ʰ',
        UnicodeCategory.OtherLetter => 'ƻ',
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => '\u0301',
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => '²',
        UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol or UnicodeCategory.ModifierSymbol or UnicodeCategory.OtherSymbol =>
            '©',
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => '\uE000',
        _ => '¡',
    };
}
