namespace MemoryWall.Core.Tables;

/// <summary>What the values of a column are. It decides how they are written in cells, in JSON and in data frames.</summary>
internal enum ColumnType
{
    /// <summary>A whole number, passed as <see cref="long"/>.</summary>
    Integer,

    /// <summary>A duration or a point in time in seconds, passed as <see cref="decimal"/> so that it stays exact.</summary>
    Seconds,

    /// <summary>Any other number, passed as <see cref="double"/>.</summary>
    Number,

    /// <summary>True or false, passed as <see cref="bool"/>.</summary>
    Flag,

    /// <summary>Text that this program writes itself, such as the name of an enum member, passed as <see cref="string"/>.</summary>
    Word,

    /// <summary>A list of such words, passed as <see cref="IReadOnlyList{T}"/> of <see cref="string"/>; empty, but never absent.</summary>
    Words,

    /// <summary>Text from elsewhere, passed as <see cref="string"/>. It can contain anything, so cells escape it.</summary>
    Text,
}
