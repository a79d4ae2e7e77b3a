namespace MemoryWall.Lake.Queries;

/// <summary>Text within SQL.</summary>
internal static class SqlText
{
    /// <summary>A text as a literal.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A name as an identifier.</summary>
    public static string QuoteName(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Texts as a list.</summary>
    public static string QuoteAll(IEnumerable<string> texts) => string.Join(", ", texts.Select(Quote));
}
