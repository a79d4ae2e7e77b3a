namespace MemoryWall.Core.Plan;

/// <summary>Where the text of a prompt comes from.</summary>
public enum PromptKind
{
    /// <summary>Whole words of the target's own vocabulary, drawn by seed.</summary>
    Words,

    /// <summary>A text file of the user.</summary>
    Document,
}
