using System.Text.Json;
using System.Text.Json.Serialization;
using MemoryWall.Runs.Json;

namespace MemoryWall.Analysis.Review;

/// <summary>Writes a view as one flat object. It cannot be read back: a view is derived from its trial.</summary>
internal sealed class TrialViewJsonConverter : JsonConverter<TrialView>
{
    public override TrialView Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("A view is derived from a trial and cannot be read.");

    public override void Write(Utf8JsonWriter writer, TrialView value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var column in TrialViewSchema.Columns)
        {
            writer.WritePropertyName(column.Name);
            // A column has the kinds of the doubts; JSON has room for their values.
            if (column == TrialViewSchema.Doubts)
                JsonSerializer.Serialize(writer, value.Doubts, options);
            else
                ColumnJson.WriteValue(writer, column.Get(value));
        }
        writer.WriteEndObject();
    }
}
