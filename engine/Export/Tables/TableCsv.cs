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
        Write(writer, table.Rows.Count > 0 ? table.Columns.Select(column => column.Name) : [], table.Rows);
    }

    /// <summary>Writes rows as they come.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="header">The names of the columns; none for no header.</param>
    /// <param name="rows">The rows, each as long as the header: numbers, flags, dates, texts; null where a value is absent.</param>
    public static void Write(TextWriter writer, IEnumerable<string> header, IEnumerable<IReadOnlyList<object?>> rows)
    {
        var options = new CsvWriterOptions { NewLine = "\n", Injection = CsvInjection.Escape };
        using var csv = CsvWriter.Create(writer, options, leaveOpen: true);
        var names = header.ToList();
        if (names.Count > 0)
            WriteRow(csv, names);
        foreach (var row in rows)
            WriteRow(csv, row);
        csv.Flush();
    }

    // A number is no formula, also where it begins with a minus sign.
    private static void WriteRow(CsvWriter csv, IEnumerable<object?> cells)
    {
        foreach (var cell in cells)
        {
            if (cell is long number)
                csv.WriteField(number);
            else if (cell is double value && double.IsFinite(value))
                csv.WriteField(value, "R");
            else
                csv.WriteField(SafeText.ToSingleLine(CsvCell.FormatUnescaped(cell) ?? "", int.MaxValue));
        }
        csv.EndRecord();
    }
}
