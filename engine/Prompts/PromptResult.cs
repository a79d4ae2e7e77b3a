using MemoryWall.Core.Trials;

namespace MemoryWall.Prompts;

/// <summary>A prompt, or why there is none.</summary>
/// <param name="Prompt">The prompt; null where there is none.</param>
/// <param name="Problem">What was wrong and what would be right; null where all is well.</param>
internal sealed record PromptResult(Prompt? Prompt, string? Problem)
{
    internal static PromptResult Failed(string problem) => new(null, problem);
}
