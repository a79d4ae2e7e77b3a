using MemoryWall.Core.Trials;

namespace MemoryWall.Prompts;

/// <summary>How prompts are to be built.</summary>
internal sealed record PromptSettings
{
    /// <summary>Where the text comes from. Default: words.</summary>
    public PromptKind Kind { get; init; }

    /// <summary>Seed of the words after the nonce. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The text for <see cref="PromptKind.Document"/>; any text.</summary>
    public string? DocumentText { get; init; }

    /// <summary>
    /// Tokens that the target adds to every prompt (BOS, template), 0 or more; absent to measure them with the target's counting, or, where
    /// it cannot count, to take those that the vocabulary names (BOS, EOS).
    /// </summary>
    public int? AddedTokens { get; init; }

    /// <summary>
    /// Whether the target's counting is asked about each finished prompt, and a difference corrected. Default true; set it to false where
    /// counting costs as much as an inference. It makes no difference where the target cannot count.
    /// </summary>
    public bool ConfirmEach { get; init; } = true;

    /// <summary>
    /// Whether the target computes a text to count it; asked once it has counted. Its cache may keep such a text, so no finished prompt is
    /// counted there before its own trial: another one of the same length stands for it, once for each length. Default: it does not.
    /// </summary>
    public Func<bool> CountRunsPrefill { get; init; } = static () => false;

    /// <summary>Most calls of the target's counting while words are looked for without a vocabulary, 32 or more. Default 256.</summary>
    public int MaxCalibrationCalls { get; init; } = 256;
}
