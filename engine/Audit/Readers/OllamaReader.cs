using System.Text.Json;
using MemoryWall.Core.Units;

namespace MemoryWall.Audit.Readers;

/// <summary>The output of <c>ollama run --verbose</c> after an answer, once or several times in a file with other text; or the final frames
/// of its API, one a line.</summary>
internal sealed class OllamaReader : IResultReader
{
    private const double NanosecondsPerSecond = 1e9;

    private static readonly AuditRecord s_request = new() { Number = 0, Kind = RecordKind.Request, Succeeded = true, Concurrency = 1 };

    public AuditedFile? Read(ResultText text)
    {
        AuditRecord[] records = [
            .. text.Items.Where(IsFrame).Select(ReadFrame).Concat(ReadBlocks(text.Rest)).Select(
                (record, place) => record with { Number = place + 1 })];
        return records.Length == 0 ? null : new AuditedFile { Name = text.Name, Tool = "ollama", Records = records };
    }

    private static bool IsFrame(JsonElement item) =>
        item.Has("total_duration") && (item.Has("eval_count") || item.Has("prompt_eval_count") || item.Has("load_duration"))
        && item.At("done") is not { ValueKind: JsonValueKind.False };

    private static AuditRecord ReadFrame(JsonElement item)
    {
        double? Seconds(string name) => item.Number(name) / NanosecondsPerSecond;
        return s_request with
        {
            Model = item.Text("model"),
            PromptTokens = item.Number("prompt_eval_count"),
            CachedTokens = item.Number("prompt_eval_cached_count"),
            LoadSeconds = Seconds("load_duration"),
            PrefillSeconds = Seconds("prompt_eval_duration"),
            OutputTokens = item.Number("eval_count"),
            GenerationSeconds = Seconds("eval_duration"),
            DurationSeconds = Seconds("total_duration"),
        };
    }

    // A block begins with its total duration; the value of a missing or incomplete line is absent.
    private static IEnumerable<AuditRecord> ReadBlocks(string text)
    {
        Dictionary<string, string>? block = null;
        foreach (var line in text.Split('\n'))
        {
            var (name, value) = SplitField(line);
            if (name == "total duration")
            {
                if (block is not null)
                    yield return CreateRecord(block);
                block = [];
            }
            if (block is not null && name is not null)
                block[name] = value;
        }
        if (block is not null)
            yield return CreateRecord(block);
    }

    private static (string? Name, string Value) SplitField(ReadOnlySpan<char> line)
    {
        var colon = line.IndexOf(':');
        if (colon < 0)
            return (null, "");
        var name = line[..colon].Trim().TrimStart("-•* ").ToString();
        var isKnown = name is "total duration" or "load duration" or "prompt eval count" or "prompt eval cached" or "prompt eval duration"
            or "prompt eval rate" or "eval count" or "eval duration" or "eval rate";
        return isKnown ? (name, line[(colon + 1)..].Trim().ToString()) : (null, "");
    }

    private static AuditRecord CreateRecord(Dictionary<string, string> block)
    {
        double? Number(string name) => JsonValues.Parse(block.GetValueOrDefault(name)?.Split(' ')[0]);
        double? Seconds(string name) => DurationParser.TryParse(block.GetValueOrDefault(name), out var time) ? time.TotalSeconds : null;
        return s_request with
        {
            PromptTokens = Number("prompt eval count"),
            CachedTokens = Number("prompt eval cached"),
            LoadSeconds = Seconds("load duration"),
            PrefillSeconds = Seconds("prompt eval duration"),
            PrefillTps = Number("prompt eval rate"),
            OutputTokens = Number("eval count"),
            GenerationSeconds = Seconds("eval duration"),
            GenerationTps = Number("eval rate"),
            DurationSeconds = Seconds("total duration"),
        };
    }
}
