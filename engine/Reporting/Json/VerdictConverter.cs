using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs.Json;

namespace MemoryWall.Reporting.Json;

/// <summary>Writes a verdict: its topic, sentence and trials, then its kind and the fields that the sentence is made from.</summary>
internal sealed class VerdictConverter : JsonConverter<Verdict>
{
    private const string Topic = "topic";
    private const string Trials = "trials";

    /// <summary>The kind of a verdict as JSON names it: <c>rate_change</c>.</summary>
    public static string FormatKind(Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        return JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.GetType().Name[..^nameof(Verdict).Length]);
    }

    public override bool CanConvert(Type typeToConvert) => typeof(Verdict).IsAssignableFrom(typeToConvert);

    public override Verdict Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("a result of an analysis is computed and not read");

    public override void Write(Utf8JsonWriter writer, Verdict value, JsonSerializerOptions options)
    {
        var fields = JsonSerializer.SerializeToNode(value, value.GetType(), FactsJson.SingleLine)!.AsObject();
        var json = new JsonObject
        {
            [Topic] = fields[Topic]!.DeepClone(),
            ["sentence"] = VerdictPhrases.Format(value),
            [Trials] = fields[Trials]!.DeepClone(),
            ["kind"] = FormatKind(value),
            ["level"] = JsonSerializer.SerializeToNode(value.Level, FactsJson.SingleLine),
        };
        foreach (var (name, field) in fields.Where(field => field.Key is not (Topic or Trials)))
            json[name] = field?.DeepClone();
        json.WriteTo(writer, options);
    }
}
