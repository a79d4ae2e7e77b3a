namespace MemoryWall.Cli.Pages;

/// <summary>A page could not be written or printed. The message names the reason and what to do.</summary>
internal sealed class PageException(string message) : Exception(message);
