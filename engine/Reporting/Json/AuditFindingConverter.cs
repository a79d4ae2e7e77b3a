using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MemoryWall.Audit;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs.Json;

namespace MemoryWall.Reporting.Json;

/// <summary>Writes a reason to doubt a result: its rule, sentence and records, then the values that the sentence is made from.</summary>
internal sealed class AuditFindingConverter : JsonConverter<AuditFinding>
{
    public override AuditFinding Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("a result of an audit is computed and not read");

    public override void Write(Utf8JsonWriter writer, AuditFinding value, JsonSerializerOptions options) => new JsonObject
    {
        ["rule"] = value.Rule,
        ["sentence"] = AuditPhrases.FormatSentence(value),
        ["records"] = JsonSerializer.SerializeToNode(value.Records, FactsJson.SingleLine),
        ["origin"] = JsonSerializer.SerializeToNode(value.Origin, FactsJson.SingleLine),
        ["evidence"] = JsonSerializer.SerializeToNode(value.Evidence, FactsJson.SingleLine),
    }.WriteTo(writer, options);
}
