namespace MemoryWall.Cli.Jupyter;

/// <summary>A kernel cannot be installed or removed. The message names the reason and what to do.</summary>
internal sealed class KernelException(string message) : Exception(message);
