using MemoryWall.Audit;
using MemoryWall.Notebooks.Frames;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Notebooks.Views;

/// <summary>A result of another tool: which tool, the reasons to doubt it, and its records.</summary>
internal static class AuditView
{
    public static View Create(AuditedFile file)
    {
        var view = new View()
            .AddHeading(AuditPhrases.FormatHeading(file))
            .AddItems([.. file.Notes, .. AuditPhrases.FormatFailures(file),
                .. AuditPhrases.FormatLog(file).Select(line => $"log: {line}")])
            .AddItems(file.Tool is null || file.Records.Count == 0 ? []
                : file.Doubts.Count == 0
                    ? ["no reason to doubt it was found, which does not prove it right"]
                    : file.Doubts.Select(doubt => $"{AuditPhrases.FormatDoubt(doubt)} (as in {doubt.Origin.Issue})"));
        return file.Records.Count == 0
            ? view
            : view.AddTable(DataFrameView.CreateTable(ColumnDataFrame.Create(AuditSchema.Columns, AuditSchema.ToRows([file]))));
    }
}
