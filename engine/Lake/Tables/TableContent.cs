namespace MemoryWall.Lake.Tables;

/// <summary>The values of one column.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Type">The column's type.</param>
/// <param name="Values">One value a row, null where it is absent: <see cref="long"/>?, <see cref="double"/>?, <see cref="bool"/>?,
/// <see cref="string"/>? or <see cref="DateTime"/>?.</param>
internal sealed record ColumnValues(string Name, LakeType Type, Array Values);

/// <summary>The rows of a run in one table, column by column.</summary>
/// <param name="Columns">The columns, each with as many values.</param>
/// <param name="Rows">The number of rows; 0 where the run has none.</param>
internal sealed record TableContent(IReadOnlyList<ColumnValues> Columns, int Rows);
