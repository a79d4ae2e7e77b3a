using MemoryWall.Charts;

namespace MemoryWall.Reporting.Tables;

/// <summary>Properties with their values.</summary>
internal static class PropertyTable
{
    private static readonly TableColumn<(string Name, string Value)>[] s_columns =
        [new("property", row => row.Name, IsNumber: false), new("value", row => row.Value, IsNumber: false)];

    public static TextTable Create(IEnumerable<(string Name, string Value)> properties) => s_columns.ToTable(properties);
}
