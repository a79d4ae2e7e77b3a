namespace MemoryWall.Audit;

/// <summary>Reads one tool's results.</summary>
internal interface IResultReader
{
    /// <summary>The file's content as records; null where it was written by another tool.</summary>
    AuditedFile? Read(ResultText text);
}
