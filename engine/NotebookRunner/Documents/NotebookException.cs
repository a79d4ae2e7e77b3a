namespace MemoryWall.NotebookRunner.Documents;

/// <summary>A notebook, or a file of it, cannot be read or written. The message names the place and what would be right.</summary>
internal sealed class NotebookException(string message) : Exception(message);
