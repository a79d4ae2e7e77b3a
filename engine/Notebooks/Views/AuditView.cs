using MemoryWall.Audit;
using MemoryWall.Notebooks.Frames;

namespace MemoryWall.Notebooks.Views;

/// <summary>A result of another tool: which tool, the reasons to doubt it, and its records.</summary>
internal static class AuditView
{
    public static View Create(AuditedFile file)
    {
        var view = new View()
            .AddHeading(
                $"{file.Name}: {(file.Tool is null ? "not a result that can be read" : $"{file.Tool}, {file.Records.Count} records")}")
            .AddItems(file.Notes)
            .AddItems(file.Tool is null ? []
                : file.Doubts.Count == 0
                    ? ["no reason to doubt it was found, which does not prove it right"]
                    : file.Doubts.Select(doubt => $"{doubt.Rule}: {doubt.Sentence} (as in {doubt.Origin.Issue})"));
        return file.Records.Count == 0
            ? view
            : view.AddTable(DataFrameView.CreateTable(ColumnDataFrame.Create(AuditSchema.Columns, AuditSchema.ToRows([file]))));
    }
}
