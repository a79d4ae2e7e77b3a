namespace MemoryWall.Cli.Jupyter;

/// <summary>A kernel that cannot be installed or removed. The message says why and what to do.</summary>
internal sealed class KernelException(string message) : Exception(message);
