using System.Text.Json;
using MemoryWall.Core.Units;

namespace MemoryWall.Audit.Readers;

/// <summary>What <c>ollama run --verbose</c> prints after an answer, once or many times in a file among other text; or the final frames of
/// its API, one a line.</summary>
internal sealed class OllamaReader : IResultReader
{
    private const double NanosecondsPerSecond = 1e9;

    public AuditedFile? Read(ResultText text)
    {
        AuditRecord[] records = [
            .. (text.Documents.Count > 0 ? text.Items.Where(IsFrame).Select(ReadFrame) : ReadBlocks(text.Text)).Select(
                (record, place) => record with { Number = place + 1 })];
        return records.Length == 0 ? null : new AuditedFile { Name = text.Name, Tool = "ollama", Records = records };
    }

    private static bool IsFrame(JsonElement item) => item.Has("eval_count") && item.Has("total_duration");

    private static AuditRecord ReadFrame(JsonElement item)
    {
        double? Seconds(string name) => item.Number(name) / NanosecondsPerSecond;
        return CreateRecord(item.Number("prompt_eval_count"), Seconds("prompt_eval_duration"), null, item.Number("eval_count"),
            Seconds("eval_duration"), null, Seconds("total_duration")) with
        { Model = item.Text("model") };
    }

    // A block begins with its total duration; a line that is cut off or missing leaves its value absent.
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
        var isKnown = name is "total duration" or "load duration" or "prompt eval count" or "prompt eval duration" or "prompt eval rate"
            or "eval count" or "eval duration" or "eval rate";
        return isKnown ? (name, line[(colon + 1)..].Trim().ToString()) : (null, "");
    }

    private static AuditRecord CreateRecord(Dictionary<string, string> block)
    {
        double? Number(string name) => JsonValues.Parse(block.GetValueOrDefault(name)?.Split(' ')[0]);
        double? Seconds(string name) => DurationParser.TryParse(block.GetValueOrDefault(name), out var time) ? time.TotalSeconds : null;
        return CreateRecord(Number("prompt eval count"), Seconds("prompt eval duration"), Number("prompt eval rate"), Number("eval count"),
            Seconds("eval duration"), Number("eval rate"), Seconds("total duration"));
    }

    private static AuditRecord CreateRecord(double? prompt, double? prefill, double? prefillRate, double? output, double? generation,
        double? generationRate, double? total) => new()
        {
            Number = 0,
            Kind = RecordKind.Request,
            PromptTokens = prompt,
            PrefillSeconds = prefill,
            PrefillTps = prefillRate,
            OutputTokens = output,
            GenerationSeconds = generation,
            GenerationTps = generationRate,
            DurationSeconds = total,
            Succeeded = true,
            Concurrency = 1,
        };
}
