using System.Text;
using System.Text.RegularExpressions;

namespace MemoryWall.NotebookRunner.Documents;

/// <summary>Cleans external text that is shown as plain text.</summary>
internal static partial class PlainText
{
    /// <summary>Removes escape sequences and control characters, which could control a terminal. Line feeds and tabs stay.</summary>
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
