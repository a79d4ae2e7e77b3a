using System.Text;
using MemoryWall.Prompts.Tokenizers;

namespace MemoryWall.Prompts;

/// <summary>
/// A user's text made fit to be a prompt. It stays as it is but for this: a byte order mark and blanks at both ends go; NUL becomes a
/// blank (servers end a text there) and half a surrogate pair U+FFFD; a run of more than <see cref="MaxRunLength"/> characters is broken by
/// a blank, or cut where it is white; spellings of control tokens are broken by a blank, because servers differ in how they read them.
/// </summary>
internal static class DocumentText
{
    /// <summary>Characters in a row without white space, or of nothing but white space.</summary>
    public const int MaxRunLength = 1_000;

    private const string Separator = "\n\n";

    /// <summary>The text, ready; empty where it holds nothing but white space.</summary>
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

    /// <summary>The text with a blank before it, repeated with an empty line between until it has so many characters.</summary>
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
