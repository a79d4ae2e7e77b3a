using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Spreadsheet;
using DocumentFormat.OpenXml.Validation;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Export;
using MemoryWall.Export.Spreadsheets;

namespace MemoryWall.Engine.Tests.Export;

/// <summary>Workbooks: valid, typed, and inert.</summary>
public sealed class WorkbookTests : IDisposable
{
    private readonly TemporaryRoot _root = new();

    public static TheoryData<string> Names => ExportSamples.Names;

    public void Dispose() => _root.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Xlsx_SampleWithHostileNames_IsValidAndHasNoFormula(string names)
    {
        var path = await ExportSamples.ExportAsync(ExportSamples.MakeHostile(ExportSamples.Read(names)), ExportFormat.Xlsx, _root.Path);
        using var document = SpreadsheetDocument.Open(path, isEditable: false);

        Assert.Empty(new OpenXmlValidator(FileFormatVersions.Office2019).Validate(document).Select(error =>
            $"{error.Part?.Uri} {error.Path?.XPath}: {error.Description}"));
        var cells = document.WorkbookPart!.WorksheetParts.SelectMany(part => part.Worksheet!.Descendants<Cell>()).ToList();
        Assert.DoesNotContain(cells, cell => cell.CellFormula is not null);
        var hostile = cells.Where(cell => cell.InnerText.StartsWith("=cmd", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(hostile);
        Assert.All(hostile, cell => Assert.Equal(
            (CellValues.InlineString, (uint)WorkbookStyles.Quoted), (cell.DataType!.Value, cell.StyleIndex!.Value)));
    }

    [Fact]
    public async Task Xlsx_Sample_HasEveryTrialAsNumbersWithUnits()
    {
        var run = ExportSamples.Read("context-sweep")[0];
        var path = await ExportSamples.ExportAsync([run], ExportFormat.Xlsx, _root.Path);
        using var document = SpreadsheetDocument.Open(path, isEditable: false);
        var workbook = document.WorkbookPart!;
        var sheets = workbook.Workbook!.Descendants<Sheet>().ToDictionary(sheet => sheet.Name!.Value!, sheet =>
            ((WorksheetPart)workbook.GetPartById(sheet.Id!.Value!)).Worksheet!.Descendants<Row>().ToList());

        Assert.Equal(["Summary", "Runs", "Contexts", "Trials", "Columns"], sheets.Keys);
        var trials = sheets["Trials"];
        var headers = trials[0].Elements<Cell>().Select(cell => cell.InnerText).ToList();
        Assert.Contains("ttft_seconds [s after sent]", headers);
        Assert.Contains("generation_tps [tokens/s]", headers);
        Assert.Equal(run.Trials.Count, trials.Count - 1);
        var column = WorkbookWriter.ColumnName(headers.IndexOf("ttft_seconds [s after sent]"));
        foreach (var (row, trial) in trials.Skip(1).Zip(run.Trials))
        {
            var cell = row.Elements<Cell>().Single(cell => cell.CellReference!.Value == column + row.RowIndex!.Value);
            Assert.Null(cell.DataType);
            Assert.Equal(trial.Client.TimeToFirstToken!.Value.TotalSeconds,
                double.Parse(cell.CellValue!.Text, System.Globalization.CultureInfo.InvariantCulture), 6);
        }
        // What is not known is an empty cell.
        Assert.DoesNotContain(trials.SelectMany(row => row.Elements<Cell>()), cell => cell.InnerText is "" or "null" or "–");
    }

    [Theory]
    [InlineData(0, "A")]
    [InlineData(25, "Z")]
    [InlineData(26, "AA")]
    [InlineData(701, "ZZ")]
    [InlineData(702, "AAA")]
    public void ColumnName_APlace_IsThatOfSpreadsheets(int column, string name) => Assert.Equal(name, WorkbookWriter.ColumnName(column));

    [Fact]
    public async Task Csv_HostileText_IsEscaped()
    {
        var path = await ExportSamples.ExportAsync(ExportSamples.MakeHostile(ExportSamples.Read("kv-f16")), ExportFormat.Csv, _root.Path);
        var text = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.StartsWith("run_id,", text, StringComparison.Ordinal);
        Assert.Contains("\"'=cmd", text, StringComparison.Ordinal);
        Assert.DoesNotContain(",\"=cmd", text, StringComparison.Ordinal);
    }
}
