using MemoryWall.Audit;
using MemoryWall.Notebooks.Frames;

namespace MemoryWall.Notebooks.Views;

/// <summary>Another tool's result: what it is, why it may be false, and its records.</summary>
internal static class AuditView
{
    public static View Create(AuditedFile file)
    {
        var view = new View()
            .AddHeading($"{file.Name}: {(file.Tool is null ? "no result that can be read" : $"{file.Tool}, {file.Records.Count} records")}")
            .AddItems(file.Notes)
            .AddItems(file.Tool is null ? []
                : file.Doubts.Count == 0
                    ? ["no reason for doubt was found, which proves nothing"]
                    : file.Doubts.Select(doubt => $"{doubt.Rule}: {doubt.Sentence} (as in {doubt.Origin.Issue})"));
        return file.Records.Count == 0 ? view : view.AddTable(DataFrameView.CreateTable(AuditDataFrame.Create([file])));
    }
}
