namespace MemoryWall.Sweeps.Conversations;

/// <summary>A turn that is ready to be sent.</summary>
/// <param name="User">The user, from 1.</param>
/// <param name="Turn">The turn of the conversation, from 1.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="OutputTokens">Tokens that the answer is to have.</param>
/// <param name="Due">When it was due, after the start of the level.</param>
internal sealed record TurnRequest(int User, int Turn, TurnPrompt Prompt, int OutputTokens, TimeSpan Due);
