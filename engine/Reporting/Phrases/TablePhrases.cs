using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>What a table does not show.</summary>
internal static class TablePhrases
{
    /// <summary>The columns that a terminal has no room for.</summary>
    /// <param name="headers">Their headers, one or more.</param>
    /// <param name="width">The columns of the terminal.</param>
    public static string FormatOmitted(IEnumerable<string> headers, int width) =>
        $"Not shown in {NumberFormat.Tokens(width)} columns: {WordFormat.List(headers)}.";
}
