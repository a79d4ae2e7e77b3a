using MemoryWall.Core.Trials;

namespace MemoryWall.Prompts;

/// <summary>A prompt or the reason why it cannot be built.</summary>
/// <param name="Prompt">The prompt; null where it cannot be built.</param>
/// <param name="Problem">The problem and its remedy; null where the prompt is built.</param>
internal sealed record PromptResult(Prompt? Prompt, string? Problem)
{
    internal static PromptResult Failed(string problem) => new(null, problem);
}
