using System.Text.Json;
using System.Text.RegularExpressions;

namespace MemoryWall.Audit;

/// <summary>The text of a result file of limited size, and its JSON values where it is JSON.</summary>
internal sealed class ResultText
{
    /// <summary>The largest file that is read.</summary>
    public const int MaxBytes = 128 << 20;

    // Python writes Infinity and NaN, which JSON does not have, for divisions by zero. In quotes they are text.
    private static readonly Regex s_nonFiniteNumber = new(@"(-?\bInfinity|\bNaN)(\s*[,\]}])",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 64, AllowTrailingCommas = true };

    private ResultText(string name, string text, IReadOnlyList<JsonElement> documents, bool isLines, IReadOnlyList<string> notes) =>
        (Name, Text, Documents, IsJsonLines, Notes) = (name, text, documents, isLines, notes);

    public string Name { get; }

    public string Text { get; }

    /// <summary>One JSON value, or one for each line; none where the text is not JSON.</summary>
    public IReadOnlyList<JsonElement> Documents { get; }

    /// <summary>Whether the file is a list of JSON lines.</summary>
    public bool IsJsonLines { get; }

    /// <summary>Problems of the text that were skipped.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The records of a JSON file: the values of its single array, or its values.</summary>
    public IEnumerable<JsonElement> Items => Documents is [{ ValueKind: JsonValueKind.Array } array] ? array.EnumerateArray() : Documents;

    public static ResultText FromText(string name, string text)
    {
        var notes = new List<string>();
        var plain = s_nonFiniteNumber.Replace(text, match =>
        {
            notes.Add($"a value of {match.Groups[1].Value}, which is not a number, is ignored");
            return "null" + match.Groups[2].Value;
        });
        notes = [.. notes.Distinct()];
        if (Parse(plain) is { } whole)
            return new ResultText(name, text, [whole], isLines: false, notes);
        var lines = plain.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0 || lines[0][0] != '{')
            return new ResultText(name, text, [], isLines: false, []);
        var documents = lines.Select(Parse).ToList();
        if (documents.Count(document => document is null) is > 0 and var damaged)
            notes.Add(FormattableString.Invariant($"{damaged} of {lines.Length} lines are not JSON and are ignored"));
        return new ResultText(name, text, [.. documents.OfType<JsonElement>()], isLines: true, notes);
    }

    private static JsonElement? Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, s_options);
            return document.RootElement.Clone();
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            return null;
        }
    }
}
