using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using CsvHelper;
using MemoryWall.Analysis;

namespace MemoryWall.Cli.Views;

/// <summary>Trials with their rates as CSV: the columns of the JSON, absent cells empty, text of foreign servers harmless in a spreadsheet.</summary>
internal static class TrialCsv
{
    private static readonly PropertyInfo[] s_columns = typeof(TrialView).GetProperties();

    public static void Write(TextWriter writer, IEnumerable<TrialView> views)
    {
        var options = new CsvWriterOptions { NewLine = "\n", Injection = CsvInjection.Escape };
        using var csv = CsvWriter.Create(writer, options, leaveOpen: true);
        foreach (var column in s_columns)
            csv.WriteField(JsonNamingPolicy.SnakeCaseLower.ConvertName(column.Name));
        csv.EndRecord();
        foreach (var view in views)
        {
            foreach (var column in s_columns)
                csv.WriteField(Cell(column.GetValue(view)));
            csv.EndRecord();
        }
        csv.Flush();
    }

    private static string Cell(object? value) => value switch
    {
        null => "",
        string text => text,
        Enum name => JsonNamingPolicy.SnakeCaseLower.ConvertName(name.ToString()),
        IEnumerable names => string.Join("|", names.Cast<string>()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
