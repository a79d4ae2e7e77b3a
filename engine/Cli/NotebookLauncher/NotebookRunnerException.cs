namespace MemoryWall.Cli.NotebookLauncher;

/// <summary>The notebook runner is not there or did not start. The message says what to do.</summary>
internal sealed class NotebookRunnerException(string message) : Exception(message);
