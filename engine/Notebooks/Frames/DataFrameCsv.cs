using System.Globalization;
using CsvHelper;
using MemoryWall.Core.Primitives;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Frames;

/// <summary>Writes a data frame as CSV.</summary>
internal static class DataFrameCsv
{
    // Characters that begin a spreadsheet formula, in ASCII and full width, and the apostrophe itself.
    private const string FormulaCharacters = "=+-@'＝＋－＠\t\r\n";

    public static void Save(DataFrame frame, string path)
    {
        ArgumentNullException.ThrowIfNull(frame);
        using var text = new StreamWriter(path);
        Write(frame, text);
    }

    public static void Write(DataFrame frame, TextWriter text)
    {
        // Numbers can begin with a minus sign, so only text cells are escaped.
        using var csv = CsvWriter.Create(text,
            new CsvWriterOptions { NewLine = "\n", Injection = CsvInjection.None, Quoting = CsvQuoting.WhenNeededOrWhitespace },
            leaveOpen: true);
        foreach (var column in frame.Columns)
            csv.WriteField(EscapeFormula(column.Name));
        csv.EndRecord();
        for (long row = 0; row < frame.Rows.Count; row++)
        {
            foreach (var column in frame.Columns)
                csv.WriteField(FormatValue(column[row]));
            csv.EndRecord();
        }
        csv.Flush();
    }

    private static string FormatValue(object? value) => value switch
    {
        null => "",
        string text => EscapeFormula(text),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => EscapeFormula(value.ToString() ?? ""),
    };

    private static string EscapeFormula(string text)
    {
        var line = SafeText.ToSingleLine(text);
        return text.Length > 0 && FormulaCharacters.Contains(text[0], StringComparison.Ordinal) ? "'" + line : line;
    }
}
