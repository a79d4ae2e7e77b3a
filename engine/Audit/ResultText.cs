using System.Text;
using System.Text.Json;

namespace MemoryWall.Audit;

/// <summary>The text of a result file of limited size, the JSON values in it, and the lines beside them.</summary>
internal sealed class ResultText
{
    /// <summary>The largest file that is read.</summary>
    public const int MaxBytes = 128 << 20;

    private const string StreamPrefix = "data:";

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = JsonScanner.MaxDepth, AllowTrailingCommas = true };

    private readonly List<JsonElement> _documents = [];
    private readonly StringBuilder _rest = new();
    private readonly HashSet<string> _notes = [];
    private int _otherLines;

    private ResultText(string name, string text)
    {
        (Name, Text) = (name, text);
        ReadDocuments();
        Rest = _documents.Count == 0 ? text : _rest.ToString();
        if (_documents.Count > 0 && _otherLines > 0)
            _notes.Add(FormattableString.Invariant($"{_otherLines} {(_otherLines == 1 ? "line is" : "lines are")} not JSON"));
    }

    public string Name { get; }

    public string Text { get; }

    /// <summary>The JSON values: the whole text, or those that begin at a line's start; none where the text has no JSON.</summary>
    public IReadOnlyList<JsonElement> Documents => _documents;

    /// <summary>The lines that are not JSON: the whole text where it has no JSON.</summary>
    public string Rest { get; }

    /// <summary>Whether the JSON ends inside a value, as after a crash.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Problems of the text that were skipped.</summary>
    public IReadOnlyCollection<string> Notes => _notes;

    /// <summary>The records of a JSON file: its values, of an array its elements.</summary>
    public IEnumerable<JsonElement> Items =>
        Documents.SelectMany(
            document => document.ValueKind == JsonValueKind.Array ? [.. document.EnumerateArray()] : (JsonElement[])[document]);

    public static ResultText FromText(string name, string text) => new(name, ResultDecoder.Clean(text));

    // Output of other programs stands before, between and after JSON values; in a stream of events each value follows "data:".
    private void ReadDocuments()
    {
        for (var at = 0; at < Text.Length;)
        {
            var start = SkipBlanks(at);
            if (Text.AsSpan(start).StartsWith(StreamPrefix, StringComparison.Ordinal))
                start = SkipBlanks(start + StreamPrefix.Length);
            if (start < Text.Length && Text[start] is '{' or '[' && TryReadDocument(start) is { } end)
            {
                at = end;
                // What follows on the last line of a value, such as a comma between rows.
                var tail = SkipBlanks(at);
                at = tail < Text.Length && Text[tail] is ',' or '\n' ? tail + 1 : tail;
                continue;
            }
            var line = Text.IndexOf('\n', at) is >= 0 and var found ? found + 1 : Text.Length;
            if (!IsBlankOrStream(Text.AsSpan(at, line - at).Trim()))
                _otherLines++;
            _rest.Append(Text, at, line - at);
            at = line;
        }
    }

    private int? TryReadDocument(int start)
    {
        var nonFinite = new List<(int At, int Length)>();
        var extent = new JsonScanner(Text, nonFinite).Scan(start);
        var end = extent.End >= 0 ? extent.End : extent.RowsEnd;
        var json = end <= start ? null : Parse(start, end, extent.End >= 0 ? "" : extent.Closing, nonFinite);
        if (extent.End < 0 && (extent.IsCut || json is not null))
        {
            // A bracket with which a line of a log begins is no JSON that ends early.
            if (json is null && !LooksLikeRow(start))
                return null;
            IsCut = true;
            _notes.Add("the JSON ends in the middle of a row; the whole rows before it are read");
        }
        if (json is not { } document || !HasObject(document))
            return null;
        _documents.Add(document);
        return extent.IsCut ? Text.Length : end;
    }

    private JsonElement? Parse(int start, int end, string closing, List<(int At, int Length)> nonFinite)
    {
        var json = new StringBuilder(end - start + closing.Length).Append(Text, start, end - start).Append(closing);
        foreach (var (at, length) in nonFinite.Where(value => value.At < end).OrderByDescending(value => value.At))
        {
            _notes.Add($"a value of {Text.Substring(at, length)}, which is not a number, is ignored");
            json.Remove(at - start, length).Insert(at - start, "null");
        }
        try
        {
            using var document = JsonDocument.Parse(json.ToString(), s_options);
            return document.RootElement.Clone();
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            return null;
        }
    }

    // A stream of events has comments, names of events and a last word of its own.
    private static bool IsBlankOrStream(ReadOnlySpan<char> line) =>
        line.IsEmpty || line[0] == ':' || line.StartsWith("event:", StringComparison.Ordinal) || line is "data: [DONE]";

    private bool LooksLikeRow(int start)
    {
        var inner = start + 1;
        while (inner < Text.Length && char.IsWhiteSpace(Text[inner]))
            inner++;
        return inner < Text.Length && (Text[start] == '{' ? Text[inner] == '"' : Text[inner] == '{');
    }

    private static bool HasObject(JsonElement document) =>
        document.ValueKind == JsonValueKind.Object
        || document.ValueKind == JsonValueKind.Array && document.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Object);

    private int SkipBlanks(int at)
    {
        while (at < Text.Length && Text[at] is ' ' or '\t')
            at++;
        return at;
    }
}
