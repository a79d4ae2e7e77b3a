using MemoryWall.Audit;
using MemoryWall.Notebooks.Frames;

namespace MemoryWall.Notebooks.Views;

/// <summary>Another tool's result: what it is, why it may be false, and its records.</summary>
internal static class AuditView
{
    public static View Of(AuditedFile file)
    {
        var view = new View()
            .Head($"{file.Name}: {(file.Tool is null ? "no result that can be read" : $"{file.Tool}, {file.Records.Count} records")}")
            .Items(file.Notes)
            .Items(file.Tool is null ? [] : file.Doubts.Count == 0 ? ["no reason for doubt was found, which proves nothing"] : file.Doubts.Select(doubt => $"{doubt.Rule}: {doubt.Sentence} (as in {doubt.Origin.Issue})"));
        return file.Records.Count == 0 ? view : view.Table(FrameView.Table(AuditFrame.Of([file])));
    }
}
