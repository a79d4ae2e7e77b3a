using System.Globalization;
using System.Numerics;
using DuckDB.NET.Data;
using MemoryWall.Core.Primitives;
using MemoryWall.Lake.Tables;

namespace MemoryWall.Lake.Queries;

/// <summary>A column of a result.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What its values are.</param>
internal sealed record ResultColumn(string Name, LakeType Type);

/// <summary>The result of a statement, which is read once, row by row.</summary>
internal sealed class LakeRows
{
    private readonly DuckDBDataReader _reader;
    private readonly long _maxRows;
    private readonly CancellationToken _cancellation;

    public LakeRows(DuckDBDataReader reader, long maxRows, CancellationToken cancellation)
    {
        (_reader, _maxRows, _cancellation) = (reader, maxRows, cancellation);
        if (Enumerable.Range(0, reader.FieldCount).FirstOrDefault(i => IsNested(reader.GetFieldType(i)), -1) is >= 0 and var nested)
        {
            var name = SafeText.ToSingleLine(reader.GetName(nested), SafeText.MaxNameLength);
            throw new FormatException($"SQL: the column {name} has lists or structures, which no table shows; write to_json({name})");
        }
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        Columns = [.. Enumerable.Range(0, reader.FieldCount)
            .Select(i => new ResultColumn(MakeUnique(reader.GetName(i), taken), TypeOf(reader.GetFieldType(i))))];
    }

    /// <summary>The columns.</summary>
    public IReadOnlyList<ResultColumn> Columns { get; }

    /// <summary>Whether there are more rows than were read. It is known when all rows were.</summary>
    public bool IsTruncated { get; private set; }

    /// <summary>The rows that were read.</summary>
    public long Count { get; private set; }

    /// <summary>The rows: <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, <see cref="string"/> or <see cref="DateTime"/>, as
    /// the column says; null where a value is absent.</summary>
    public IEnumerable<IReadOnlyList<object?>> Read()
    {
        while (_reader.Read())
        {
            _cancellation.ThrowIfCancellationRequested();
            if (Count == _maxRows)
            {
                IsTruncated = true;
                yield break;
            }
            Count++;
            var row = new object?[Columns.Count];
            for (var i = 0; i < row.Length; i++)
                row[i] = _reader.IsDBNull(i) ? null : Convert(_reader.GetValue(i), Columns[i].Type);
            yield return row;
        }
    }

    // A statement may name two columns alike; an object and a file have each name once.
    private static string MakeUnique(string name, HashSet<string> taken)
    {
        var unique = name;
        for (var number = 2; !taken.Add(unique); number++)
            unique = FormattableString.Invariant($"{name}_{number}");
        return unique;
    }

    private static bool IsNested(Type type) => type != typeof(string) && type != typeof(byte[])
        && typeof(System.Collections.IEnumerable).IsAssignableFrom(type);

    private static LakeType TypeOf(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Boolean => LakeType.Flag,
        TypeCode.SByte or TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Int64 =>
            LakeType.Integer,
        TypeCode.Single or TypeCode.Double or TypeCode.Decimal or TypeCode.UInt64 => LakeType.Number,
        TypeCode.DateTime => LakeType.Time,
        // Sums of whole numbers have 128 bits.
        _ when type == typeof(BigInteger) => LakeType.Number,
        _ => LakeType.Text,
    };

    // Days and intervals have a text of their own.
    private static object? Convert(object value, LakeType type) => type switch
    {
        LakeType.Integer => System.Convert.ToInt64(value, CultureInfo.InvariantCulture),
        LakeType.Number => value is BigInteger big ? (double)big : System.Convert.ToDouble(value, CultureInfo.InvariantCulture),
        LakeType.Flag or LakeType.Time => value,
        _ => FormatText(value),
    };

    private static string FormatText(object value) => value switch
    {
        string text => text,
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        byte[] bytes => System.Convert.ToHexStringLower(bytes),
        Stream stream => FormatBytes(stream),
        IFormattable known => known.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string FormatBytes(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return System.Convert.ToHexStringLower(copy.ToArray());
    }
}
