using System.Text.Json;
using MemoryWall.Core.Tables;

namespace MemoryWall.Runs.Json;

/// <summary>Rows of declared columns as JSON.</summary>
internal static class ColumnJson
{
    /// <summary>Writes a row as one flat object, with null for absent values.</summary>
    public static void WriteObject<TRow>(Utf8JsonWriter writer, IEnumerable<Column<TRow>> columns, TRow row)
    {
        writer.WriteStartObject();
        foreach (var column in columns)
        {
            writer.WritePropertyName(column.Name);
            WriteValue(writer, column.Get(row));
        }
        writer.WriteEndObject();
    }

    /// <summary>Writes a value of a column; null for an absent one.</summary>
    public static void WriteValue(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case decimal seconds:
                writer.WriteNumberValue(seconds);
                break;
            case double number:
                writer.WriteNumberValue(number);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case IReadOnlyList<string> words:
                writer.WriteStartArray();
                foreach (var word in words)
                    writer.WriteStringValue(word);
                writer.WriteEndArray();
                break;
            default:
                throw new NotSupportedException($"A {value.GetType().Name} has no form in JSON.");
        }
    }
}
