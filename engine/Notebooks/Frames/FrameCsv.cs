using System.Globalization;
using CsvHelper;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Frames;

/// <summary>A table as CSV.</summary>
internal static class FrameCsv
{
    // ASCII and full-width forms of what makes a spreadsheet calculate, and the apostrophe itself.
    private const string Active = "=+-@'＝＋－＠\t\r\n";

    public static void Save(DataFrame frame, string path)
    {
        ArgumentNullException.ThrowIfNull(frame);
        using var text = new StreamWriter(path);
        Write(frame, text);
    }

    public static void Write(DataFrame frame, TextWriter text)
    {
        // Numbers may begin with a minus: only text is made harmless, cell by cell.
        using var csv = CsvWriter.Create(text, new CsvWriterOptions { NewLine = "\n", Injection = CsvInjection.None, Quoting = CsvQuoting.WhenNeededOrWhitespace }, leaveOpen: true);
        foreach (var column in frame.Columns)
            csv.WriteField(Harmless(column.Name));
        csv.EndRecord();
        for (long row = 0; row < frame.Rows.Count; row++)
        {
            foreach (var column in frame.Columns)
                csv.WriteField(Cell(column[row]));
            csv.EndRecord();
        }
        csv.Flush();
    }

    private static string Cell(object? value) => value switch
    {
        null => "",
        string text => Harmless(text),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => Harmless(value.ToString() ?? ""),
    };

    private static string Harmless(string text)
    {
        var line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return text.Length > 0 && Active.Contains(text[0], StringComparison.Ordinal) ? "'" + line : line;
    }
}
