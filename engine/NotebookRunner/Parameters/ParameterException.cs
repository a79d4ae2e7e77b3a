namespace MemoryWall.NotebookRunner.Parameters;

/// <summary>A parameter that the notebook cannot take. The message names it, what it was, and what would be right.</summary>
internal sealed class ParameterException(string message) : Exception(message);
