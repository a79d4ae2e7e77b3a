using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MemoryWall.Runs.Csv;
using MemoryWall.Runs.Json;

namespace MemoryWall.Runs.Archives;

/// <summary>The texts of a run as they leave the machine: a path keeps only its last name, because its folders say who measured and
/// nothing about what was measured. Folders of the kernel (<c>/proc</c>, <c>/sys</c>, <c>/dev</c>) and addresses of a server
/// (<c>/v1/…</c>, <c>/api/…</c>) are the same everywhere and stay.
/// Where a path that is not quoted ends is not always known: folders with blanks are found before a name with an extension, and below the
/// home folder of this user.</summary>
internal static partial class ArchiveText
{
    private const string PublicName = "(?:proc|sys|dev|v[0-9]+|api)";
    private const string WindowsRoot = @"(?:[A-Za-z]:\\|\\\\)";
    private const string NamePart = @"[^\s/'""<>|:,;()\[\]{}\\]";

    private const string Word = @"[^\s/'""<>|:,;()\[\]{}\\.]+";

    // A part of a path, with blanks where none of its words looks like a file.
    private const string SpacedPart = "(?:" + NamePart + "+|" + Word + "(?: " + Word + "){1,4})";
    private const string FileName = "(?:" + Word + " ){0,4}" + NamePart + @"*\.[A-Za-z]\w{0,9}(?!\w)";

    private static readonly string s_home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile).TrimEnd('/', '\\');

    /// <summary>A text in which paths may occur.</summary>
    public static string Clean(string text) => Clean(text, s_home);

    /// <summary>A text in which paths may occur.</summary>
    /// <param name="text">The text.</param>
    /// <param name="home">The home folder of the user, whose name may contain blanks; empty where there is none.</param>
    internal static string Clean(string text, string home)
    {
        if (HasNoPath(text))
            return text;
        var quoted = QuotedPath().Replace(text, match =>
            match.Groups["quote"].Value + LastName(match.Groups["path"].Value) + match.Groups["end"].Value);
        var known = home.Length > 1 ? ReplaceHome(quoted, home) : quoted;
        return Path().Replace(SpacedPath().Replace(known, match => LastName(match.Value)), match => LastName(match.Value));
    }

    // A short folder without blanks stands for it, so that what follows is found as a path.
    private static string ReplaceHome(string text, string home) => Regex.Replace(text,
        @"(?<![\w./~\\])" + Regex.Escape(home) + @"(?=[/\\]|[^\w.-]|\z)", home.StartsWith('/') ? "/~" : @"C:\~",
        RegexOptions.CultureInvariant);

    /// <summary>A manifest; one that is damaged stays as it is but for its paths.</summary>
    /// <param name="json">Its text.</param>
    /// <param name="id">The id of its run.</param>
    public static string CleanManifest(string json, string id) => CleanDocument(json, root => root["run_id"] = id);

    /// <summary>A label with its note; one that is damaged stays as it is but for its paths.</summary>
    /// <param name="json">Its text.</param>
    public static string CleanLabel(string json) => CleanDocument(json, _ => { });

    private static string CleanDocument(string json, Action<JsonObject> change)
    {
        try
        {
            if (CleanNode(JsonNode.Parse(json)) is not JsonObject root)
                return Clean(json);
            change(root);
            return root.ToJsonString(FactsJson.Indented);
        }
        catch (Exception error) when (ForeignJson.IsUnreadable(error))
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
        catch (Exception error) when (ForeignJson.IsUnreadable(error))
        {
            return null;
        }
    }

    private static bool HasNoPath(string text) => text.AsSpan().IndexOfAny('/', '\\') < 0;

    private static JsonNode? CleanNode(JsonNode? node) => node switch
    {
        JsonObject known => CleanObject(known),
        JsonArray list => new JsonArray([.. list.Select(CleanNode)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => JsonValue.Create(CleanValue(value.GetValue<string>())),
        _ => node?.DeepClone(),
    };

    // Two names that differ only in their folders would be one; the later one gets a number.
    private static JsonObject CleanObject(JsonObject known)
    {
        var cleaned = new JsonObject();
        foreach (var (name, value) in known)
        {
            var (shortened, unique) = (CleanValue(name), CleanValue(name));
            for (var number = 2; cleaned.ContainsKey(unique); number++)
                unique = FormattableString.Invariant($"{shortened} ({number})");
            cleaned.Add(unique, CleanNode(value));
        }
        return cleaned;
    }

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

    [GeneratedRegex("(?:(?:(?<=file://)|(?<![\\w./~]))/(?![/\\s]|" + PublicName + "/)(?:" + SpacedPart + "/)+"
        + @"|(?<![\w\\])" + WindowsRoot + "(?:" + SpacedPart + @"\\+)+)" + FileName)]
    private static partial Regex SpacedPath();

    [GeneratedRegex(@"(?<=\A|,)(?:""(?<quoted>(?:[^""]|"""")*)""|(?<plain>[^,""]*))")]
    private static partial Regex Cell();
}
