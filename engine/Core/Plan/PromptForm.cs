namespace MemoryWall.Core.Plan;

/// <summary>How a prompt is sent.</summary>
public enum PromptForm
{
    /// <summary>As text, which the server tokenizes, as it does for every user.</summary>
    Text,

    /// <summary>As token ids, so that the server does not tokenize.</summary>
    Ids,
}
