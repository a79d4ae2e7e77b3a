using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsvHelper;
using MemoryWall.Analysis;
using MemoryWall.Runs;

namespace MemoryWall.Cli.Views;

/// <summary>Trials with their rates as CSV: the fields of the JSON, absent cells empty, text of foreign servers harmless in a
/// spreadsheet.</summary>
internal static class TrialCsvWriter
{
    public static void Write(TextWriter writer, IEnumerable<TrialView> views)
    {
        var options = new CsvWriterOptions { NewLine = "\n", Injection = CsvInjection.Escape };
        using var csv = CsvWriter.Create(writer, options, leaveOpen: true);
        var isFirst = true;
        foreach (var trial in views.Select(view => JsonSerializer.SerializeToNode(view, FactsJson.SingleLine)!.AsObject()))
        {
            if (isFirst)
                WriteRow(csv, trial.Select(field => field.Key));
            isFirst = false;
            WriteRow(csv, trial.Select(field => FormatValue(field.Value)));
        }
        csv.Flush();
    }

    private static void WriteRow(CsvWriter csv, IEnumerable<string> cells)
    {
        foreach (var cell in cells)
            csv.WriteField(cell);
        csv.EndRecord();
    }

    private static string FormatValue(JsonNode? value) => value switch
    {
        null => "",
        JsonArray names => string.Join("|", names.Select(FormatValue)),
        JsonValue text when text.TryGetValue<string>(out var words) => words,
        _ => value.ToJsonString().ToString(CultureInfo.InvariantCulture),
    };
}
