namespace MemoryWall.Models.Gguf;

/// <summary>A file is not a GGUF file, or is a damaged one. The message names the field, what it was and what would be right.</summary>
internal sealed class GgufException(string message) : ModelFormatException(message);
