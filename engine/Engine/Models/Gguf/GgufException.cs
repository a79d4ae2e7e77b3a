namespace MemoryWall.Models.Gguf;

/// <summary>A file is no GGUF that can be read; the message names the field, what it was and what would be right.</summary>
public sealed class GgufException(string message) : Exception(message);
