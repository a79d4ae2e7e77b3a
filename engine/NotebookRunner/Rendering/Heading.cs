namespace MemoryWall.NotebookRunner.Rendering;

/// <summary>A heading of a notebook, for the table of contents.</summary>
internal sealed record Heading(int Level, string Text, string Id);
