using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps.Conversations;

/// <summary>The prompt of a turn.</summary>
/// <param name="Prompt">The prompt; its count of tokens is that of the plan.</param>
/// <param name="KnownTokens">Tokens from the first that an earlier request of the level had.</param>
/// <param name="IsExact">Whether its count is known before the target counts it.</param>
internal sealed record TurnPrompt(Prompt Prompt, int KnownTokens, bool IsExact)
{
    /// <summary>The hidden number that it asks for; null for none.</summary>
    public Needle? Needle { get; init; }
}

/// <summary>A number that is hidden in a conversation.</summary>
/// <param name="Number">The number.</param>
/// <param name="Depth">The share of the prompt before it, 0 to 1.</param>
internal sealed record Needle(string Number, double Depth);
