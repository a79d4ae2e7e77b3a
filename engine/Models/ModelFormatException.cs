namespace MemoryWall.Models;

/// <summary>The description of a model is invalid. The message names the key, its value and what it must be.</summary>
internal class ModelFormatException(string message) : FormatException(message);
