using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DuckDB.NET.Data;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Lake.Queries;

/// <summary>A statement of the user: exactly one that reads.</summary>
internal static partial class SqlStatement
{
    private const int MaxMessageLength = 400;

    /// <summary>Refuses everything but one statement that reads: a query never changes a lake.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static void RequireQuery(LakeSession session, string sql)
    {
        // The parser's own answer; it turns nothing but queries into JSON.
        var tree = JsonNode.Parse((string?)session.Read($"SELECT json_serialize_sql({SqlText.Quote(sql)})") ?? "{}")!;
        if (tree["error"]?.GetValue<bool>() == true)
            throw new FormatException(tree["error_type"]?.GetValue<string>() == "not implemented"
                ? "SQL: only one statement that reads is allowed, for example \"SELECT run_id, model FROM runs\""
                : $"SQL: {ToOneLine(tree["error_message"]?.GetValue<string>() ?? "it cannot be parsed")}");
        if (tree["statements"]?.AsArray().Count != 1)
            throw new FormatException("SQL: there are several statements; write one");
    }

    /// <summary>An error of the database as one line.</summary>
    public static FormatException ToError(DuckDBException error) => new($"SQL: {ToOneLine(error.Message)}", error);

    /// <summary>A message of the database as one line: it shows the place in the statement below it, which one line has no use
    /// for.</summary>
    public static string ToOneLine(string message)
    {
        var text = Place().Replace(message, "").Trim();
        return SafeText.ToSingleLine(Blanks().Replace(text, " "), MaxMessageLength);
    }

    [GeneratedRegex(@"\s*LINE \d+:.*", RegexOptions.Singleline)]
    private static partial Regex Place();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
