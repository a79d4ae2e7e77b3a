using MemoryWall.Core.Plan;

namespace MemoryWall.Prompts;

/// <summary>Settings of the prompts.</summary>
internal sealed record PromptSettings
{
    /// <summary>Where the text comes from. Default words.</summary>
    public PromptKind Kind { get; init; }

    /// <summary>Seed of the words after the nonce. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The text for <see cref="PromptKind.Document"/>.</summary>
    public string? DocumentText { get; init; }

    /// <summary>
    /// Tokens that the target adds to every prompt (BOS, template), 0 or more; absent to measure them with the target's token counts, or,
    /// where the target cannot count, to use those of the vocabulary (BOS, EOS).
    /// </summary>
    public int? AddedTokens { get; init; }

    /// <summary>
    /// Whether the target counts each finished prompt, and a difference is corrected. Default true; use false where counting costs as much
    /// as an inference. It has no effect where the target cannot count.
    /// </summary>
    public bool ConfirmEach { get; init; } = true;

    /// <summary>
    /// Whether the target runs a prefill to count a text; evaluated after the first count. Its prompt cache may keep such a text, so a
    /// finished prompt is never counted before its trial: a substitute of the same length is counted once for each length. Default false.
    /// </summary>
    public Func<bool> CountRunsPrefill { get; init; } = static () => false;

    /// <summary>
    /// Whether the target takes the ids of the tokens. With an exact tokenizer here they need no count by the target; otherwise it counts.
    /// Default false.
    /// </summary>
    public bool TakesTokenIds { get; init; }

    /// <summary>Maximum number of counting calls to find words without a vocabulary, 32 or more. Default 256.</summary>
    public int MaxCalibrationCalls { get; init; } = 256;
}
