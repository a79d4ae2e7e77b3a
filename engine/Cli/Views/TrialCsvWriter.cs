using CsvHelper;
using MemoryWall.Analysis.Review;
using MemoryWall.Runs.Csv;

namespace MemoryWall.Cli.Views;

/// <summary>Trials with their rates as CSV: the fields of the JSON, with absent values empty, and formulas in text of external servers
/// escaped for spreadsheets.</summary>
internal static class TrialCsvWriter
{
    public static void Write(TextWriter writer, IReadOnlyList<TrialView> views)
    {
        var options = new CsvWriterOptions { NewLine = "\n", Injection = CsvInjection.Escape };
        using var csv = CsvWriter.Create(writer, options, leaveOpen: true);
        if (views.Count > 0)
            WriteRow(csv, TrialViewSchema.Columns.Select(column => column.Name));
        foreach (var view in views)
            WriteRow(csv, TrialViewSchema.Columns.Select(column => CsvCell.FormatUnescaped(column.Get(view)) ?? ""));
        csv.Flush();
    }

    private static void WriteRow(CsvWriter csv, IEnumerable<string> cells)
    {
        foreach (var cell in cells)
            csv.WriteField(cell);
        csv.EndRecord();
    }
}
