namespace MemoryWall.Targets.Embedded;

/// <summary>The embedded server could not be started. The message says why and names a remedy.</summary>
internal sealed class EmbeddedServerException(string message) : Exception(message);
