using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Frames;

/// <summary>Collects typed columns of one length.</summary>
internal sealed class DataFrameBuilder<TRow>(IReadOnlyList<TRow> rows)
{
    private readonly List<DataFrameColumn> _columns = [];

    public DataFrameBuilder<TRow> Add<T>(string name, Func<TRow, T?> value) where T : unmanaged
    {
        _columns.Add(new PrimitiveDataFrameColumn<T>(name, rows.Select(value)));
        return this;
    }

    public DataFrameBuilder<TRow> AddText(string name, Func<TRow, string?> value)
    {
        _columns.Add(new StringDataFrameColumn(name, rows.Select(value)!));
        return this;
    }

    public DataFrame ToFrame() => new(_columns);
}
