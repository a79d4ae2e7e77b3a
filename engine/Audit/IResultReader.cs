namespace MemoryWall.Audit;

/// <summary>Reads one tool's results.</summary>
internal interface IResultReader
{
    /// <summary>The file's content as records; null where it is not this tool's.</summary>
    AuditedFile? Read(ResultText text);
}
