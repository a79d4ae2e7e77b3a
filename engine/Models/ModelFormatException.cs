namespace MemoryWall.Models;

/// <summary>A model's description cannot be used. The message names the key, what it was and what would be right.</summary>
internal class ModelFormatException(string message) : FormatException(message);
