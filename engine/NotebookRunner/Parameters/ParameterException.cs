namespace MemoryWall.NotebookRunner.Parameters;

/// <summary>A parameter that does not fit the notebook. The message names it, its value, and what would be right.</summary>
internal sealed class ParameterException(string message) : Exception(message);
