using System.Text;
using MemoryWall.Prompts.Tokenizers;

namespace MemoryWall.Prompts;

/// <summary>
/// Prepares a user's text as a prompt. The text changes only as follows: a byte order mark and blanks at both ends are removed; NUL becomes
/// a blank (servers end a text there), and an unpaired surrogate becomes U+FFFD; a run of more than <see cref="MaxRunLength"/> characters
/// is split by a blank, or shortened if it is white space; spellings of control tokens are split by a blank, because servers interpret them
/// differently.
/// </summary>
internal static class DocumentText
{
    /// <summary>Maximum number of consecutive characters without white space, or of white space only.</summary>
    public const int MaxRunLength = 1_000;

    private const string Separator = "\n\n";

    /// <summary>Prepares a text; the result is empty where the text has only white space.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="specials">The target's special tokens; null where they are not known.</param>
    public static string Normalize(string text, SpecialTokens? specials)
    {
        var clean = new StringBuilder(text.Length);
        var run = 0;
        var white = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\uFEFF' && i == 0)
                continue;
            if (c == '\0')
                c = ' ';
            var paired = char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (char.IsSurrogate(c) && !paired)
                c = '\uFFFD';
            if (char.IsWhiteSpace(c) != white)
                (white, run) = (!white, 0);
            if (++run > MaxRunLength)
            {
                if (white)
                    continue;
                clean.Append(' ');
                run = 1;
            }
            clean.Append(c);
            if (paired)
                clean.Append(text[++i]);
        }
        return BreakSpecials(clean.ToString().Trim(), specials);
    }

    /// <summary>The text with a blank before it, repeated with empty lines between until it has the given number of characters.</summary>
    public static string Repeat(string clean, long characters)
    {
        if (clean.Length + 1 >= characters)
            return " " + clean;
        var longer = new StringBuilder((int)Math.Min(characters + clean.Length + 1, int.MaxValue / 2));
        longer.Append(' ').Append(clean);
        while (longer.Length < characters)
            longer.Append(Separator).Append(clean);
        return longer.ToString();
    }

    private static string BreakSpecials(string text, SpecialTokens? specials)
    {
        var found = specials?.FindNextControl(text, 0) ?? -1;
        if (found < 0)
            return text;
        var broken = new StringBuilder(text.Length + 16);
        var at = 0;
        while (found >= 0)
        {
            var next = found + (char.IsHighSurrogate(text[found]) ? 2 : 1);
            broken.Append(text, at, next - at).Append(' ');
            at = next;
            found = specials!.FindNextControl(text, at);
        }
        return broken.Append(text, at, text.Length - at).ToString();
    }
}
