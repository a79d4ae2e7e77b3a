using System.Text.Json;
using System.Text.Json.Serialization;
using MemoryWall.Runs.Json;

namespace MemoryWall.Analysis.Review;

/// <summary>Writes a view as one flat object. It cannot be read back: a view is derived from its trial.</summary>
internal sealed class TrialViewJsonConverter : JsonConverter<TrialView>
{
    public override TrialView Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("A view is derived from a trial and cannot be read.");

    public override void Write(Utf8JsonWriter writer, TrialView value, JsonSerializerOptions options) =>
        ColumnJson.WriteObject(writer, TrialViewSchema.Columns, value);
}
