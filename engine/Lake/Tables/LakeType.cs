using MemoryWall.Core.Tables;

namespace MemoryWall.Lake.Tables;

/// <summary>What the values of a column are. Only plain types that every engine reads: no lists, no decimals, no 96-bit times.</summary>
internal enum LakeType
{
    /// <summary>Whole numbers: INT64 in Parquet, BIGINT in SQL.</summary>
    Integer,

    /// <summary>Other numbers and seconds: DOUBLE in both.</summary>
    Number,

    /// <summary>True or false: BOOLEAN in both.</summary>
    Flag,

    /// <summary>Text and words: BYTE_ARRAY as UTF-8 in Parquet, VARCHAR in SQL. Lists of words are joined by <c>|</c>.</summary>
    Text,

    /// <summary>Points in time in UTC: INT64 of microseconds in Parquet, TIMESTAMP in SQL.</summary>
    Time,
}

/// <summary>A declared column of a table of the lake.</summary>
/// <param name="Name">Its name, with the unit where there is one.</param>
/// <param name="Type">Its type.</param>
/// <param name="Unit">Its unit; empty where it has none.</param>
/// <param name="Meaning">What it is, in one sentence.</param>
/// <param name="Absent">What a null means, in one sentence.</param>
internal sealed record LakeColumn(string Name, LakeType Type, string Unit, string Meaning, string Absent = FieldDoc.Never)
{
    /// <summary>Its type in SQL.</summary>
    public string SqlType => Type switch
    {
        LakeType.Integer => "BIGINT",
        LakeType.Number => "DOUBLE",
        LakeType.Flag => "BOOLEAN",
        LakeType.Time => "TIMESTAMP",
        _ => "VARCHAR",
    };
}
