using Microsoft.Data.Analysis;
using Parquet;
using Parquet.Schema;

namespace MemoryWall.Notebooks.Frames;

/// <summary>Writes a data frame as Parquet, in one row group.</summary>
internal static class DataFrameParquet
{
    public static async Task SaveAsync(DataFrame frame, string path)
    {
        ArgumentNullException.ThrowIfNull(frame);
        var fields = frame.Columns.Select(column => new DataField(column.Name, column.DataType, isNullable: true)).ToArray();
        await using var file = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), file).ConfigureAwait(false);
        using var group = writer.CreateRowGroup();
        foreach (var (column, field) in frame.Columns.Zip(fields))
            await WriteAsync(group, field, column).ConfigureAwait(false);
        group.CompleteValidate();
    }

    private static Task WriteAsync(ParquetRowGroupWriter group, DataField field, DataFrameColumn column) => column switch
    {
        StringDataFrameColumn text => group.WriteAsync(field, text.Cast<string?>().ToArray()!),
        PrimitiveDataFrameColumn<int> numbers => group.WriteAsync<int>(field, numbers.ToArray().AsMemory()),
        PrimitiveDataFrameColumn<long> numbers => group.WriteAsync<long>(field, numbers.ToArray().AsMemory()),
        PrimitiveDataFrameColumn<double> numbers => group.WriteAsync<double>(field, numbers.ToArray().AsMemory()),
        PrimitiveDataFrameColumn<bool> flags => group.WriteAsync<bool>(field, flags.ToArray().AsMemory()),
        _ => throw new NotSupportedException($"The column '{column.Name}' of type {column.DataType.Name} cannot be written as Parquet."),
    };
}
