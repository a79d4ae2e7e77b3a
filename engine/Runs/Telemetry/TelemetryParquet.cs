using System.Globalization;
using System.IO.Compression;
using MemoryWall.Core.Files;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Runs.Csv;
using MemoryWall.Runs.Files;
using Parquet;
using Parquet.Schema;

namespace MemoryWall.Runs.Telemetry;

/// <summary>
/// Telemetry as Parquet: <c>at_seconds</c> (double, s) and one optional double for each column, null where it is absent. The numbers are
/// the same as in CSV, bit for bit.
/// </summary>
internal static class TelemetryParquet
{
    // Each column of a group is read on its own: smaller groups take longer to open than to decode.
    private const int RowsPerGroup = 32768;

    // A damaged file may claim any number of rows. A week at 100 Hz has 60 million.
    private const long MaxGroupRows = 1 << 20;
    private const long MaxRows = 1 << 26;

    // Groups are some MB each, so that more readers at once would wait for memory.
    private const int MaxReaders = 4;

    // Seconds times 1e9 are rounded twice, each time by 2^-53 of their value: up to this many seconds by a quarter of a nanosecond at
    // most.
    private const double MaxExactSeconds = 1 << 20;

    /// <summary>Replaces a CSV file by a Parquet file. The CSV file is deleted only after the new file was read back and is
    /// equal.</summary>
    /// <exception cref="StoreException">It failed, or the CSV file has damaged lines. The CSV file is unchanged.</exception>
    public static void ReplaceCsv(string csv, string parquet)
    {
        var temporary = parquet + ".tmp";
        try
        {
            WrapLibraryErrors(csv, async () =>
            {
                await WriteAsync(csv, temporary).ConfigureAwait(false);
                await CompareAsync(csv, temporary).ConfigureAwait(false);
                File.Move(temporary, parquet, overwrite: true);
                DurableFile.SyncDirectory(Path.GetDirectoryName(parquet)!);
                File.Delete(csv);
            });
        }
        finally
        {
            TryDelete(temporary);
        }
    }

    /// <summary>A whole file. A damaged file is read as far as possible, with a warning.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static TelemetryTimeline Read(string path, TelemetrySchema? schema)
    {
        var warnings = new ReadWarningCollector();
        var blocks = new List<TelemetryBlock>();
        IReadOnlyList<TelemetryColumn> columns = [];
        using var file = StoreException.WrapIOErrors(path, "reading it",
            () => RegularFile.OpenRead(path));
        try
        {
            WrapLibraryErrors(path, async () =>
            {
                if (ParquetFooterCheck.FindProblem(file) is { } problem)
                    throw new StoreException(path, problem);
                await using var reader = await ParquetReader.CreateAsync(file, leaveStreamOpen: true).ConfigureAwait(false);
                var (_, fields) = GetFields(reader, path);
                columns = [.. fields.Select(field => TelemetryColumns.FromName(schema, field.Name))];
                await ReadGroupsAsync(reader, path, blocks).ConfigureAwait(false);
            });
        }
        catch (StoreException error)
        {
            var rows = blocks.Sum(block => block.Rows);
            warnings.Add(FormattableString.Invariant(
                $"{Path.GetFileName(path)}: the file is damaged and is read up to row {rows}: {error.Reason}"));
        }
        return TelemetryColumns.CreateTimeline(columns, schema, new TelemetryRows(blocks), warnings);
    }

    // Each core decodes groups of its own. What precedes the first damaged one is kept.
    private static async Task ReadGroupsAsync(ParquetReader reader, string path, List<TelemetryBlock> blocks)
    {
        var read = new TelemetryBlock?[reader.RowGroupCount];
        var (next, failed) = (-1, new SortedDictionary<int, Exception>());
        var sizes = reader.RowGroups.Select(group => group.RowCount).ToList();
        async Task DecodeAsync(ParquetReader own)
        {
            var (at, fields) = GetFields(own, path);
            while (Interlocked.Increment(ref next) is var index && index < read.Length)
            {
                try
                {
                    read[index] = await ReadGroupAsync(own, index, at, fields, path, sizes.Take(index).Sum()).ConfigureAwait(false);
                }
                catch (Exception error)
                {
                    lock (failed)
                        failed[index] = error;
                }
            }
        }
        async Task DecodeWithOwnReaderAsync()
        {
            await using var file = RegularFile.OpenRead(path);
            await using var own = await ParquetReader.CreateAsync(file, leaveStreamOpen: true).ConfigureAwait(false);
            await DecodeAsync(own).ConfigureAwait(false);
        }
        var others = Math.Min(Math.Min(MaxReaders, Environment.ProcessorCount), read.Length) - 1;
        var working = Enumerable.Range(0, Math.Max(0, others)).Select(_ => Task.Run(DecodeWithOwnReaderAsync)).ToList();
        await DecodeAsync(reader).ConfigureAwait(false);
        await Task.WhenAll(working).ConfigureAwait(false);
        blocks.AddRange(read.TakeWhile(block => block is not null)!);
        if (failed.Count > 0)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failed.First().Value);
    }

    private static async Task WriteAsync(string csv, string path)
    {
        var warnings = new ReadWarningCollector();
        using var rows = TelemetryCsvReader.Open(csv, null, warnings);
        var at = new DataField<double>(RunFiles.TelemetryTimeColumn);
        DataField<double?>[] fields = [.. rows.Columns.Select(column => new DataField<double?>(column.Name))];
        await using var file = RegularFile.Open(path,
            new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None });
        // The library's default, the smallest size, takes twenty times as long for a quarter less.
        await using (var writer = await ParquetWriter.CreateAsync(new ParquetSchema([at, .. fields]), file,
            new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Optimal })
            .ConfigureAwait(false))
        {
            foreach (var chunk in rows.ReadRows().Chunk(RowsPerGroup))
            {
                using var group = writer.CreateRowGroup();
                await group.WriteAsync<double>(at, chunk.Select(row => row.At.Seconds).ToArray().AsMemory()).ConfigureAwait(false);
                for (var i = 0; i < fields.Length; i++)
                    await group.WriteAsync<double>(fields[i], chunk.Select(row => row[i]).ToArray().AsMemory()).ConfigureAwait(false);
                group.CompleteValidate();
            }
        }
        if (warnings.ToList() is [var first, ..])
            throw new StoreException(csv, $"not every line can be read ({first})");
        file.Flush(flushToDisk: true);
    }

    private static async Task CompareAsync(string csv, string path)
    {
        using var rows = TelemetryCsvReader.Open(csv, null, new ReadWarningCollector());
        using var expected = rows.ReadRows().GetEnumerator();
        await using var file = RegularFile.OpenRead(path);
        await using var reader = await ParquetReader.CreateAsync(file, leaveStreamOpen: true).ConfigureAwait(false);
        var (at, fields) = GetFields(reader, path);
        var count = 0;
        for (var group = 0; group < reader.RowGroupCount; group++)
        {
            var block = await ReadGroupAsync(reader, group, at, fields, path, count).ConfigureAwait(false);
            foreach (var row in new TelemetryRows([block]))
            {
                if (!expected.MoveNext() || !AreEqual(expected.Current, row))
                    throw new StoreException(path, FormattableString.Invariant($"row {count + 1} was read back with other values"));
                count++;
            }
        }
        if (expected.MoveNext())
            throw new StoreException(path, FormattableString.Invariant($"only {count} rows were read back"));
    }

    private static bool AreEqual(TelemetrySample left, TelemetrySample right)
    {
        if (left.At != right.At || left.Count != right.Count)
            return false;
        for (var i = 0; i < left.Count; i++)
        {
            if (left[i] != right[i])
                return false;
        }
        return true;
    }

    private static (DataField At, DataField[] Fields) GetFields(ParquetReader reader, string path)
    {
        var fields = reader.Schema.DataFields;
        if (fields.FirstOrDefault(field => field.Name == RunFiles.TelemetryTimeColumn) is not { } at)
            throw new StoreException(path, $"there is no column {RunFiles.TelemetryTimeColumn}");
        if (fields.FirstOrDefault(field => field.ClrType != typeof(double) || field.IsArray) is { } other)
            throw new StoreException(path, $"the column {TextCell.Encode(other.Name)} is not of type double");
        return (at, [.. fields.Where(field => field != at)]);
    }

    private static async Task<TelemetryBlock> ReadGroupAsync(ParquetReader reader, int index, DataField at, DataField[] fields,
        string path, long before)
    {
        using var group = reader.OpenRowGroupReader(index);
        if (group.RowCount is < 0 or > MaxGroupRows || before + group.RowCount > MaxRows)
            throw new StoreException(path,
                FormattableString.Invariant($"one group claims {group.RowCount} rows, or the file more than {MaxRows}"));
        var count = (int)group.RowCount;
        var seconds = new double[count];
        var levels = new int[count];
        await ReadAsync(group, at, seconds, levels).ConfigureAwait(false);
        var times = Array.ConvertAll(seconds, second => ParseInstant(second, path));
        var values = new double[checked(fields.Length * count)];
        for (var i = 0; i < fields.Length; i++)
            await ReadAsync(group, fields[i], values.AsMemory(i * count, count), levels).ConfigureAwait(false);
        return new TelemetryBlock(times, values);
    }

    // NaN where a value is absent. The library gives the known values without gaps, and where they are.
    private static async Task ReadAsync(ParquetRowGroupReader group, DataField field, Memory<double> into, int[] levels)
    {
        if (!field.IsNullable)
        {
            await group.ReadAsync<double>(field, into).ConfigureAwait(false);
            return;
        }
        await group.ReadRawAsync<double>(field, into, levels.AsMemory(), null).ConfigureAwait(false);
        Spread(into.Span, levels);
    }

    // From the end, so that no value is written over before it is moved.
    private static void Spread(Span<double> values, ReadOnlySpan<int> levels)
    {
        var known = levels.Length - levels.Count(0);
        for (var row = levels.Length - 1; known <= row; row--)
            values[row] = levels[row] == 0 ? double.NaN : values[--known];
    }

    // The same nanosecond as from CSV. Up to some days the product is off by less than half a nanosecond; beyond, the text is parsed.
    private static Instant ParseInstant(double seconds, string path) => seconds switch
    {
        _ when Math.Abs(seconds) < MaxExactSeconds => Instant.FromSeconds(seconds),
        _ when CsvCell.TryParseInstant(seconds.ToString("R", CultureInfo.InvariantCulture), out var at) => at,
        _ => throw new StoreException(path, $"a row has no {RunFiles.TelemetryTimeColumn}"),
    };

    // The library throws many types of exceptions on damaged files.
    private static void WrapLibraryErrors(string path, Func<Task> work)
    {
        try
        {
            work().GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is not StoreException)
        {
            throw new StoreException(path, $"{error.GetType().Name}: {error.Message}", error);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next conversion overwrites it.
        }
    }
}
