using System.Text.Json;
using System.Text.Json.Serialization;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Json;

/// <summary>Writes what limited a phase, with its readings by name and unit.</summary>
internal sealed class PhaseVerdictConverter : JsonConverter<PhaseVerdict>
{
    public override PhaseVerdict Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("a result of an analysis is computed and not read");

    public override void Write(Utf8JsonWriter writer, PhaseVerdict value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, new VerdictFields(value.Limit, PhasePhrases.Format(value),
            [.. value.Evidence.Select(evidence => new EvidenceFields(PhasePhrases.Name(evidence), evidence.Value,
                PhasePhrases.Symbol(evidence.Unit), evidence.Threshold))], value.IsSeenThroughExporter ? true : null), options);

    // The last field is absent where the readings are this machine's.
    private sealed record VerdictFields(PhaseLimit Limit, string Sentence, IReadOnlyList<EvidenceFields> Evidence,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? SeenThroughExporter);

    private sealed record EvidenceFields(string Name, double Value, string Unit, double? Threshold);
}
