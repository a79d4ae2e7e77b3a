using MemoryWall.Audit;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The words for an audited file.</summary>
internal static class AuditPhrases
{
    /// <summary>The file's name, the tool that wrote it, and how much was found in it.</summary>
    public static string FormatHeading(AuditedFile file)
    {
        var name = WordFormat.SingleLine(file.Name);
        if (file.Tool is null)
            return $"{name}: not audited";
        var doubts = file.Doubts.Count == 0 ? "no doubts" : WordFormat.Count(file.Doubts.Count, "doubt");
        return $"{name}: {file.Tool}, {WordFormat.Count(file.Records.Count, "record")}, {doubts}";
    }

    /// <summary>A reason to doubt the file.</summary>
    public static string FormatDoubt(AuditFinding doubt) => $"{doubt.Rule}: {WordFormat.SingleLine(doubt.Sentence)}";
}
