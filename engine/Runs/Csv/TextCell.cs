using System.Globalization;
using System.Text;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Runs.Csv;

/// <summary>
/// Text from elsewhere in a CSV cell: on one line, of limited length, and never a spreadsheet formula. The encoding can be reversed:
/// a backslash, a character that steers what shows it (<see cref="SafeText.IsUnsafe"/>) or half of a surrogate pair becomes
/// <c>\\</c>, <c>\n</c>, <c>\r</c>, <c>\t</c> or <c>\uXXXX</c>; then text that begins with <c>= + - @</c> (or their full-width forms)
/// or with an apostrophe, and empty text, gets an apostrophe in front.
/// Absent text is an empty cell.
/// </summary>
internal static class TextCell
{
    /// <summary>Longer text is truncated, with a note.</summary>
    public const int MaxLength = 4096;

    private const string FormulaStarts = "=+-@＝＋－＠'";

    public static string? Encode(string? text)
    {
        if (text is null)
            return null;
        text = Truncate(KnownSecrets.Remove(text));
        var cell = new StringBuilder(text.Length + 8);
        if (text.Length == 0 || FormulaStarts.Contains(text[0], StringComparison.Ordinal))
            cell.Append('\'');
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                cell.Append(c).Append(text[++i]);
            else if (c is '\\' or '\n' or '\r' or '\t')
                cell.Append('\\').Append(c switch { '\n' => 'n', '\r' => 'r', '\t' => 't', _ => '\\' });
            else if (SafeText.IsUnsafe(c) || char.IsSurrogate(c))
                cell.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else
                cell.Append(c);
        }
        return cell.ToString();
    }

    public static string? Decode(string cell)
    {
        if (cell.Length == 0)
            return null;
        var start = cell[0] == '\'' ? 1 : 0;
        var text = new StringBuilder(cell.Length);
        for (var i = start; i < cell.Length; i++)
        {
            var next = i + 1 < cell.Length ? cell[i + 1] : '\0';
            if (cell[i] != '\\')
                text.Append(cell[i]);
            else if (next == 'u' && i + 5 < cell.Length
                && ushort.TryParse(cell.AsSpan(i + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
                (text, i) = (text.Append((char)code), i + 5);
            else if (next is 'n' or 'r' or 't' or '\\')
                (text, i) = (text.Append(next switch { 'n' => '\n', 'r' => '\r', 't' => '\t', _ => '\\' }), i + 1);
            else
                text.Append('\\');
        }
        return text.ToString();
    }

    /// <summary>The text, or its beginning with a note of its length if it is too long. A surrogate pair is not split.</summary>
    public static string Truncate(string text)
    {
        if (text.Length <= MaxLength)
            return text;
        var note = FormattableString.Invariant($"… [cut: {text.Length} characters]");
        var keep = MaxLength - note.Length;
        if (char.IsHighSurrogate(text[keep - 1]))
            keep--;
        return text[..keep] + note;
    }
}
