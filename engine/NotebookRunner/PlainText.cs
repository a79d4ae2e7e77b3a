using System.Text;
using System.Text.RegularExpressions;

namespace MemoryWall.NotebookRunner;

/// <summary>Foreign text made harmless where it is shown as text.</summary>
internal static partial class PlainText
{
    /// <summary>Without escape sequences and control characters, so that no model's name moves a cursor; line feeds and tabs
    /// stay.</summary>
    public static string StripControlCharacters(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var character in EscapeSequence().Replace(text, ""))
            if (character is '\n' or '\t' || !char.IsControl(character))
                plain.Append(character);
        return plain.ToString();
    }

    // CSI (colours, cursor), OSC up to its terminator, and two-character sequences.
    [GeneratedRegex(@"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]", RegexOptions.CultureInvariant)]
    private static partial Regex EscapeSequence();
}
