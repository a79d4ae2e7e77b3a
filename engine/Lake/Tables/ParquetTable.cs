using System.IO.Compression;
using MemoryWall.Core.Files;
using MemoryWall.Core.Primitives;
using MemoryWall.Runs.Files;
using MemoryWall.Runs.Telemetry;
using Parquet;
using Parquet.Schema;

namespace MemoryWall.Lake.Tables;

/// <summary>The rows of a run as a Parquet file: nullable plain columns, compressed with zstd.</summary>
internal static class ParquetTable
{
    // Engines read groups in parallel, and each of its columns in one piece.
    public const int GroupRows = 1 << 16;

    // A damaged file may claim any number.
    private const long MaxReadRows = 1 << 24;

    private static readonly ParquetOptions s_options = new()
    {
        CompressionMethod = CompressionMethod.Zstd,
        CompressionLevel = CompressionLevel.Fastest,
    };

    /// <summary>Writes a new file.</summary>
    /// <param name="path">The file, which must not exist.</param>
    /// <param name="content">The rows.</param>
    /// <param name="isDurable">Whether it is on the disk when the call returns.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static async Task WriteAsync(string path, TableContent content, bool isDurable, CancellationToken cancellation)
    {
        await using var file = RegularFile.Open(path,
            new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None });
        await WriteAsync(file, content.Columns, [content], cancellation).ConfigureAwait(false);
        if (isDurable)
            file.Flush(flushToDisk: true);
    }

    /// <summary>Writes a file to a stream.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="columns">The columns; their values are not read.</param>
    /// <param name="parts">The rows, part by part, each with these columns.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static async Task WriteAsync(Stream target, IReadOnlyList<ColumnValues> columns, IEnumerable<TableContent> parts,
        CancellationToken cancellation)
    {
        DataField[] fields = [.. columns.Select(CreateField)];
        await using var writer = await ParquetWriter
            .CreateAsync(new ParquetSchema(fields), target, s_options, cancellationToken: cancellation)
            .ConfigureAwait(false);
        foreach (var part in parts)
        {
            for (var from = 0; from < part.Rows; from += GroupRows)
            {
                using var group = writer.CreateRowGroup();
                for (var i = 0; i < fields.Length; i++)
                    await WriteAsync(group, fields[i], part.Columns[i].Values, from, Math.Min(GroupRows, part.Rows - from))
                        .ConfigureAwait(false);
                group.CompleteValidate();
            }
        }
    }

    /// <summary>Some columns of a file: <see cref="long"/>?, <see cref="double"/>?, <see cref="bool"/>?, <see cref="string"/>? or
    /// <see cref="DateTime"/>? values, null where they are absent.</summary>
    /// <exception cref="StoreException">The file is missing or damaged, or lacks a column.</exception>
    public static async Task<IReadOnlyList<Array>> ReadAsync(string path, IReadOnlyList<string> columns, CancellationToken cancellation)
    {
        try
        {
            await using var file = RegularFile.OpenRead(path);
            await using var reader = await OpenAsync(path, file, cancellation).ConfigureAwait(false);
            DataField[] fields = [.. columns.Select(name => reader.Schema.DataFields.FirstOrDefault(field => field.Name == name)
                ?? throw new StoreException(path, $"there is no column {name}; where an earlier version wrote the file, memwall lake add "
                    + "--again writes it anew"))];
            var all = fields.Select(_ => new List<object?>()).ToList();
            for (var index = 0; index < reader.RowGroupCount; index++)
            {
                using var group = reader.OpenRowGroupReader(index);
                for (var i = 0; i < fields.Length; i++)
                    all[i].AddRange(await ReadAsync(group, fields[i]).ConfigureAwait(false));
            }
            return [.. all.Zip(fields, (values, field) => ToArray(values, field.ClrType))];
        }
        catch (Exception error) when (error is not (StoreException or OperationCanceledException))
        {
            // The library throws many types of exceptions on damaged files.
            throw new StoreException(path, $"it cannot be read: {error.Message}", error);
        }
    }

    /// <summary>What is wrong with a file that should have these columns; null where nothing is. Its values are not read. A file without a
    /// column that a later version added is sound, and its values of that column are absent.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">The columns that this version knows, the run's id first, which each file has.</param>
    /// <param name="hasOwnColumns">Whether it may have others, which are numbers.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static async Task<string?> FindProblemAsync(string path, IReadOnlyList<LakeColumn> columns, bool hasOwnColumns,
        CancellationToken cancellation)
    {
        try
        {
            await using var file = RegularFile.OpenRead(path);
            await using var reader = await OpenAsync(path, file, cancellation).ConfigureAwait(false);
            var fields = reader.Schema.DataFields.ToDictionary(field => field.Name);
            if (!fields.ContainsKey(columns[0].Name))
                return $"there is no column {columns[0].Name}";
            if (columns.FirstOrDefault(column => fields.TryGetValue(column.Name, out var field) && !IsOfType(field, column.Type))
                is { } wrong)
                return $"its column {wrong.Name} is not of the type {wrong.SqlType}";
            return fields.Values.FirstOrDefault(field => columns.All(column => column.Name != field.Name)
                && !(hasOwnColumns && IsOfType(field, LakeType.Number))) is { } other
                ? $"this version does not know its column {SafeText.ToSingleLine(other.Name, SafeText.MaxNameLength)}, which a newer "
                    + "version or another program wrote"
                : null;
        }
        catch (StoreException error)
        {
            return error.Reason;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            return $"it cannot be read: {error.Message}";
        }
    }

    private static async Task<ParquetReader> OpenAsync(string path, FileStream file, CancellationToken cancellation)
    {
        if (ParquetFooterCheck.FindProblem(file) is { } problem)
            throw new StoreException(path, problem);
        var reader = await ParquetReader.CreateAsync(file, leaveStreamOpen: true, cancellationToken: cancellation).ConfigureAwait(false);
        if (reader.RowGroups.Any(group => group.RowCount < 0) || reader.Schema.Fields.Count != reader.Schema.DataFields.Length)
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw new StoreException(path, "it has groups of less than no rows, or columns in columns");
        }
        return reader;
    }

    private static async Task<IEnumerable<object?>> ReadAsync(ParquetRowGroupReader group, DataField field)
    {
        if (group.RowCount > MaxReadRows)
            throw new IOException(FormattableString.Invariant($"one group claims {group.RowCount} rows"));
        if (field.ClrType == typeof(long))
            return await ReadAsync<long>(group, field).ConfigureAwait(false);
        if (field.ClrType == typeof(double))
            return await ReadAsync<double>(group, field).ConfigureAwait(false);
        if (field.ClrType == typeof(bool))
            return await ReadAsync<bool>(group, field).ConfigureAwait(false);
        if (field.ClrType == typeof(DateTime))
            return await ReadAsync<DateTime>(group, field).ConfigureAwait(false);
        var texts = new string?[group.RowCount];
        await group.ReadAsync(field, texts.AsMemory()!).ConfigureAwait(false);
        return texts;
    }

    private static async Task<IEnumerable<object?>> ReadAsync<T>(ParquetRowGroupReader group, DataField field)
        where T : struct
    {
        var values = new T?[group.RowCount];
        await group.ReadAsync<T>(field, values.AsMemory()).ConfigureAwait(false);
        return values.Cast<object?>();
    }

    private static Array ToArray(IEnumerable<object?> values, Type type) => type == typeof(long) ? values.Cast<long?>().ToArray()
        : type == typeof(double) ? values.Cast<double?>().ToArray()
        : type == typeof(bool) ? values.Cast<bool?>().ToArray()
        : type == typeof(DateTime) ? values.Cast<DateTime?>().ToArray()
        : values.Cast<string?>().ToArray();

    private static bool IsOfType(DataField field, LakeType type) => !field.IsArray && type switch
    {
        LakeType.Integer => field.ClrType == typeof(long),
        LakeType.Number => field.ClrType == typeof(double),
        LakeType.Flag => field.ClrType == typeof(bool),
        LakeType.Time => field.ClrType == typeof(DateTime),
        // Texts are read as slices of a page.
        _ => field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>),
    };

    private static DataField CreateField(ColumnValues column) => column.Type switch
    {
        LakeType.Integer => new DataField<long?>(column.Name),
        LakeType.Number => new DataField<double?>(column.Name),
        LakeType.Flag => new DataField<bool?>(column.Name),
        // Not adjusted to UTC by its type, so that no engine shifts it into its own time zone: the name says that it is UTC.
        LakeType.Time => new DateTimeDataField(column.Name, DateTimeFormat.Timestamp, isAdjustedToUTC: false, DateTimeTimeUnit.Micros,
            isNullable: true),
        _ => new DataField<string>(column.Name),
    };

    private static Task WriteAsync(ParquetRowGroupWriter group, DataField field, Array values, int from, int count) => values switch
    {
        long?[] numbers => group.WriteAsync<long>(field, numbers.AsMemory(from, count)),
        double?[] numbers => group.WriteAsync<double>(field, numbers.AsMemory(from, count)),
        bool?[] flags => group.WriteAsync<bool>(field, flags.AsMemory(from, count)),
        DateTime?[] times => group.WriteAsync<DateTime>(field, times.AsMemory(from, count)),
        string?[] texts => group.WriteAsync(field, (IReadOnlyCollection<string>)new ArraySegment<string>(texts!, from, count)),
        _ => throw new NotSupportedException($"{values.GetType().Name} has no column"),
    };
}
