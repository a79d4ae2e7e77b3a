using MemoryWall.Core.Plan;

namespace MemoryWall.Core.Trials;

/// <summary>A prompt ready to send.</summary>
internal sealed record Prompt
{
    /// <summary>Where the text comes from.</summary>
    public required PromptKind Kind { get; init; }

    /// <summary>The text to send, without the tokens that the target adds.</summary>
    public required string Text { get; init; }

    /// <summary>Tokens that the target should count: those of the text and those that it adds (BOS, template).</summary>
    public required int TokenCount { get; init; }

    /// <summary>
    /// The same prompt as token ids of the target's vocabulary, with BOS where the target would add it; absent where the ids are not
    /// known. There are <see cref="TokenCount"/> ids.
    /// </summary>
    public IReadOnlyList<int>? TokenIds { get; init; }

    /// <summary>The prompt as messages that take turns, those of the user first; absent where it is a single one.</summary>
    public IReadOnlyList<string>? Messages { get; init; }

    /// <summary>The first words of the prompt, unique for each trial so that no prompt cache can match; of a conversation, the first words
    /// of its own text.</summary>
    public required string Nonce { get; init; }
}
