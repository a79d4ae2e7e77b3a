using System.Text.Json;
using MemoryWall.Core.Primitives;
using MemoryWall.Lake.Tables;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Lake.Queries;

/// <summary>Writes results for other programs.</summary>
internal static class ResultFile
{
    /// <summary>Writes a JSON array with one object a row, one row a line.</summary>
    public static void WriteJson(Stream target, LakeRows rows)
    {
        using var writer = new Utf8JsonWriter(target);
        writer.WriteStartArray();
        foreach (var row in rows.Read())
        {
            writer.WriteRawValue("\n" + FormatObject(rows.Columns, row), skipInputValidation: true);
            writer.Flush();
        }
        writer.WriteEndArray();
        writer.Flush();
        target.Write("\n"u8);
    }

    /// <summary>Writes a Parquet file with the same columns.</summary>
    public static void WriteParquet(Stream target, LakeRows rows, CancellationToken cancellation) =>
        ParquetTable.WriteAsync(target, [.. rows.Columns.Select((column, i) => Fill(column, [], i))],
            rows.Read().Chunk(ParquetTable.GroupRows).Select(part =>
                new TableContent([.. rows.Columns.Select((column, i) => Fill(column, part, i))], part.Length)), cancellation)
            .GetAwaiter().GetResult();

    /// <summary>The rows as a table for people has them, with points in time as text.</summary>
    public static IEnumerable<IReadOnlyList<object?>> ReadForText(LakeRows rows) => rows.Read()
        .Select(row => (IReadOnlyList<object?>)[.. row.Select(value => value is DateTime time ? ResultTable.FormatTime(time) : value)]);

    private static string FormatObject(IReadOnlyList<ResultColumn> columns, IReadOnlyList<object?> row)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            for (var i = 0; i < columns.Count; i++)
                Write(writer, KnownSecrets.Remove(columns[i].Name), row[i]);
            writer.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, string name, object? value)
    {
        switch (value)
        {
            case long number:
                writer.WriteNumber(name, number);
                break;
            case double number when double.IsFinite(number):
                writer.WriteNumber(name, number);
                break;
            case bool flag:
                writer.WriteBoolean(name, flag);
                break;
            case DateTime time:
                writer.WriteString(name, ResultTable.FormatTime(time));
                break;
            case string text:
                writer.WriteString(name, KnownSecrets.Remove(text));
                break;
            default:
                writer.WriteNull(name);
                break;
        }
    }

    private static ColumnValues Fill(ResultColumn column, IReadOnlyList<IReadOnlyList<object?>> rows, int place) =>
        new(column.Name, column.Type, column.Type switch
        {
            LakeType.Integer => Array.ConvertAll([.. rows], row => (long?)row[place]),
            LakeType.Number => Array.ConvertAll([.. rows], row => (double?)row[place]),
            LakeType.Flag => Array.ConvertAll([.. rows], row => (bool?)row[place]),
            LakeType.Time => Array.ConvertAll([.. rows], row => (DateTime?)row[place]),
            _ => Array.ConvertAll([.. rows], row => (string?)row[place]),
        });
}
