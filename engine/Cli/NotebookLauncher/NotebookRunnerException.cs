namespace MemoryWall.Cli.NotebookLauncher;

/// <summary>The notebook runner is missing or did not start. The message names what to do.</summary>
internal sealed class NotebookRunnerException(string message) : Exception(message);
