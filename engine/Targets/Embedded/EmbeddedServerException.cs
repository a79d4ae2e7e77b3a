namespace MemoryWall.Targets.Embedded;

/// <summary>The embedded server could not be started; the message says why and what would help.</summary>
internal sealed class EmbeddedServerException(string message) : Exception(message);
