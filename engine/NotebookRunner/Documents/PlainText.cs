using System.Text.RegularExpressions;
using MemoryWall.Core.Primitives;

namespace MemoryWall.NotebookRunner.Documents;

/// <summary>Cleans external text that is shown as plain text.</summary>
internal static partial class PlainText
{
    /// <summary>Removes escape sequences and characters that could control a terminal. Line feeds and tabs stay.</summary>
    public static string StripControlCharacters(string text) => SafeText.RemoveUnsafe(EscapeSequence().Replace(text, ""));

    // CSI (colours, cursor), OSC up to its terminator, and two-character sequences.
    [GeneratedRegex(@"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]", RegexOptions.CultureInvariant)]
    private static partial Regex EscapeSequence();
}
