using MemoryWall.Core.Tables;

namespace MemoryWall.Reporting.Schema;

/// <summary>The documentation of one table: of a file of a run, of derived values, or of a data frame.</summary>
/// <param name="Name">Its name, by which <c>data/README.md</c> marks its place.</param>
/// <param name="Fields">Its columns or fields, in order.</param>
internal sealed record SchemaTable(string Name, IReadOnlyList<FieldDoc> Fields);
