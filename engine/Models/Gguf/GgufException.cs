namespace MemoryWall.Models.Gguf;

/// <summary>A file is not a valid GGUF file. The message names the field, its value and the valid range.</summary>
internal sealed class GgufException(string message) : ModelFormatException(message);
