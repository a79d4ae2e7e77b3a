using System.Text;
using MemoryWall.Core.Tables;

namespace MemoryWall.Reporting.Schema;

/// <summary>The documentation of tables as Markdown, each between two comments, so that a document can be compared with it.</summary>
internal static class SchemaMarkdown
{
    /// <summary>One table, from its opening to its closing comment.</summary>
    public static string Format(SchemaTable table)
    {
        var text = new StringBuilder();
        text.Append(Begin(table.Name)).Append("\n\n");
        text.Append("| name | unit | meaning | absent means |\n|---|---|---|---|\n");
        foreach (var field in table.Fields)
            text.Append(FormatRow(field));
        return text.Append('\n').Append(End(table.Name)).ToString();
    }

    /// <summary>The names of columns by their type, from the opening to the closing comment.</summary>
    /// <param name="name">The name of the list.</param>
    /// <param name="types">The types, each with its columns.</param>
    public static string FormatTypes(string name, IEnumerable<(string Type, IEnumerable<string> Columns)> types) =>
        $"{Begin(name)}\n\n" + string.Concat(types.Select(type =>
            $"- {type.Type}: {string.Join(", ", type.Columns.Select(column => $"`{column}`"))}\n")) + $"\n{End(name)}";

    /// <summary>The part of a document that holds a table, from its opening to its closing comment; null where there is none.</summary>
    public static string? Find(string document, string name)
    {
        var start = document.IndexOf(Begin(name), StringComparison.Ordinal);
        var end = document.IndexOf(End(name), Math.Max(start, 0), StringComparison.Ordinal);
        return start < 0 || end < 0 ? null : document[start..(end + End(name).Length)];
    }

    private static string FormatRow(FieldDoc field) =>
        $"| `{field.Name}` | {(field.Unit.Length == 0 ? "–" : field.Unit)} | {Escape(field.Meaning)} | {Escape(field.Absent)} |\n";

    // A bar ends a cell, in code spans too.
    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Begin(string name) => $"<!-- schema {name}: written by `memwall schema --markdown` -->";

    private static string End(string name) => $"<!-- end of schema {name} -->";
}
