namespace MemoryWall.NotebookRunner.Documents;

/// <summary>A notebook, or a file that belongs to it, that cannot be read or written. The message names the place and what would be
/// right.</summary>
internal sealed class NotebookException(string message) : Exception(message);
