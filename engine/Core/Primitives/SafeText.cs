using System.Net;

namespace MemoryWall.Core.Primitives;

/// <summary>
/// Makes texts from elsewhere (names, labels, messages of servers, files) safe to show: a terminal obeys control characters, and some
/// characters turn the direction of what follows them.
/// </summary>
internal static class SafeText
{
    /// <summary>The longest name that is shown, in characters.</summary>
    public const int MaxNameLength = 200;

    /// <summary>Whether a character steers what shows it: a control character (C0 and C1), a line separator, or one that turns the
    /// direction of text.</summary>
    public static bool IsUnsafe(char letter) => char.IsControl(letter) || letter is '\u061C' or '\u200E' or '\u200F' or '\u2028' or '\u2029'
        or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\uFEFF';

    /// <summary>The text without unsafe characters other than line ends and tabs.</summary>
    public static string RemoveUnsafe(string text) => text.Any(IsRemoved) ? string.Concat(text.Where(letter => !IsRemoved(letter))) : text;

    /// <summary>The text on one line, with a blank in place of each unsafe character.</summary>
    public static string ToSingleLine(string text) => text.Any(IsUnsafe) ? ToSingleLine(text, text.Length) : text;

    /// <summary>The same, cut at a length.</summary>
    public static string ToSingleLine(string text, int maxLength)
    {
        // Half a surrogate pair is no character.
        var end = text.Length <= maxLength ? text.Length : maxLength - (char.IsHighSurrogate(text[maxLength - 1]) ? 1 : 0);
        var clean = string.Create(end, text, static (letters, source) =>
        {
            for (var i = 0; i < letters.Length; i++)
                letters[i] = IsUnsafe(source[i]) ? ' ' : source[i];
        });
        return end < text.Length ? clean + "…" : clean;
    }

    /// <summary>The text on one line of an HTML page, with a blank in place of each unsafe character.</summary>
    public static string ToHtml(string text) => WebUtility.HtmlEncode(ToSingleLine(text));

    private static bool IsRemoved(char letter) => letter is not ('\n' or '\t') && IsUnsafe(letter);
}
