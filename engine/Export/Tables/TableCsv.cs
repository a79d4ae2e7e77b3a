using CsvHelper;
using MemoryWall.Core.Primitives;
using MemoryWall.Runs.Csv;

namespace MemoryWall.Export.Tables;

/// <summary>A table as CSV: absent values are empty, and formulas in text of external servers are escaped for spreadsheets.</summary>
internal static class TableCsv
{
    public static void Write(TextWriter writer, DataTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var options = new CsvWriterOptions { NewLine = "\n", Injection = CsvInjection.Escape };
        using var csv = CsvWriter.Create(writer, options, leaveOpen: true);
        if (table.Rows.Count > 0)
            WriteRow(csv, table.Columns.Select(column => column.Name));
        foreach (var row in table.Rows)
            WriteRow(csv, row.Select(value => CsvCell.FormatUnescaped(value) ?? ""));
        csv.Flush();
    }

    private static void WriteRow(CsvWriter csv, IEnumerable<string> cells)
    {
        foreach (var cell in cells)
            csv.WriteField(SafeText.ToSingleLine(cell, int.MaxValue));
        csv.EndRecord();
    }
}
