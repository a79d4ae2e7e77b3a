using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MemoryWall.Runs.Csv;
using MemoryWall.Runs.Json;

namespace MemoryWall.Runs.Archives;

/// <summary>The texts of a run as they leave the machine: a path keeps only its last name, because its folders say who measured and
/// nothing about what was measured. Folders of the kernel (<c>/proc</c>, <c>/sys</c>, <c>/dev</c>) and addresses of a server
/// (<c>/v1/…</c>, <c>/api/…</c>) are the same everywhere and stay.</summary>
internal static partial class ArchiveText
{
    private const string PublicName = "(?:proc|sys|dev|v[0-9]+|api)";
    private const string WindowsRoot = @"(?:[A-Za-z]:\\|\\\\)";
    private const string NamePart = @"[^\s/'""<>|:,;()\[\]{}\\]";

    /// <summary>A text in which paths may occur.</summary>
    public static string Clean(string text)
    {
        if (HasNoPath(text))
            return text;
        var quoted = QuotedPath().Replace(text, match =>
            match.Groups["quote"].Value + LastName(match.Groups["path"].Value) + match.Groups["end"].Value);
        return Path().Replace(quoted, match => LastName(match.Value));
    }

    /// <summary>A manifest; one that is damaged stays as it is but for its paths.</summary>
    /// <param name="json">Its text.</param>
    /// <param name="id">The id of its run.</param>
    public static string CleanManifest(string json, string id)
    {
        try
        {
            if (CleanNode(JsonNode.Parse(json)) is not JsonObject root)
                return Clean(json);
            root["run_id"] = id;
            return root.ToJsonString(FactsJson.Indented);
        }
        catch (JsonException)
        {
            return Clean(json);
        }
    }

    /// <summary>One line of a stored table.</summary>
    public static string CleanCsvLine(string line) => HasNoPath(line) ? line : Cell().Replace(line, match =>
    {
        var quoted = match.Groups["quoted"];
        var cell = quoted.Success ? quoted.Value.Replace("\"\"", "\"", StringComparison.Ordinal) : match.Groups["plain"].Value;
        if (HasNoPath(cell))
            return match.Value;
        // Outcomes are stored as JSON, and other texts so that each is one line.
        var cleaned = cell.StartsWith('{')
            ? CleanJsonLine(cell) ?? Clean(cell)
            : TextCell.Encode(Clean(TextCell.Decode(cell) ?? ""));
        return cleaned == cell ? match.Value : $"\"{cleaned!.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    });

    /// <summary>One line of a file of JSON lines; null where it is no JSON.</summary>
    public static string? CleanJsonLine(string line)
    {
        try
        {
            return CleanNode(JsonNode.Parse(line))?.ToJsonString(FactsJson.SingleLine);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool HasNoPath(string text) => text.AsSpan().IndexOfAny('/', '\\') < 0;

    private static JsonNode? CleanNode(JsonNode? node) => node switch
    {
        JsonObject known => new JsonObject(known.Select(entry => KeyValuePair.Create(entry.Key, CleanNode(entry.Value)))),
        JsonArray list => new JsonArray([.. list.Select(CleanNode)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => JsonValue.Create(CleanValue(value.GetValue<string>())),
        _ => node?.DeepClone(),
    };

    // A value that is a path as a whole may contain blanks.
    private static string CleanValue(string value) => WholePath().Match(value) is { Success: true } match
        && !PublicPath().IsMatch(match.Groups["path"].Value)
        ? match.Groups["scheme"].Value + LastName(match.Groups["path"].Value)
        : Clean(value);

    private static string LastName(string path) =>
        path.Split('/', '\\').LastOrDefault(part => part.Length > 0) ?? "";

    [GeneratedRegex(@"\A(?<scheme>[a-z][a-z0-9-]*:(?!//))?(?<path>(?:/(?!/)|" + WindowsRoot + @")[^\n'""]*)\z")]
    private static partial Regex WholePath();

    [GeneratedRegex(@"\A/" + PublicName + @"(?:/|\z)")]
    private static partial Regex PublicPath();

    [GeneratedRegex(@"(?<quote>['""‘“])(?<path>(?:/(?!/|" + PublicName + "/)|" + WindowsRoot + @")[^'""’”\n]*)(?<end>['""’”])")]
    private static partial Regex QuotedPath();

    // A slash within a word, a number or an address begins no path: tokens/s, http://host/x.
    [GeneratedRegex(@"(?:(?<=file://)|(?<![\w./~]))/(?![/\s]|" + PublicName + "/)(?:" + NamePart + "+/)+" + NamePart + "*"
        + @"|(?<![\w\\])" + WindowsRoot + "(?:" + NamePart + @"+\\+)*" + NamePart + "*")]
    private static partial Regex Path();

    [GeneratedRegex(@"(?<=\A|,)(?:""(?<quoted>(?:[^""]|"""")*)""|(?<plain>[^,""]*))")]
    private static partial Regex Cell();
}
