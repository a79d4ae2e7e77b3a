namespace MemoryWall.Models.Vocabularies;

/// <summary>What a vocabulary entry is; the numbers are GGUF's <c>tokenizer.ggml.token_type</c>.</summary>
internal enum TokenKind
{
    /// <summary>Not told.</summary>
    Undefined = 0,

    /// <summary>A piece of text.</summary>
    Normal = 1,

    /// <summary>Stands for what cannot be encoded.</summary>
    Unknown = 2,

    /// <summary>Begins, ends or steers; has no text.</summary>
    Control = 3,

    /// <summary>Added by the model's user, matched before the tokenizer runs.</summary>
    UserDefined = 4,

    /// <summary>A hole in the table.</summary>
    Unused = 5,

    /// <summary>One raw byte.</summary>
    Byte = 6,
}

/// <summary>A target's own vocabulary, as its GGUF header or its <c>/api/show</c> tells it.</summary>
internal sealed record Vocabulary
{
    /// <summary>The tokenizer's family as GGUF names it: <c>gpt2</c> (byte-level BPE), <c>llama</c> (SentencePiece), …</summary>
    public required string Model { get; init; }

    /// <summary>The pre-tokenizer as GGUF names it (<c>gpt-2</c>, <c>llama-bpe</c>, <c>qwen2</c>, …); absent where the source does not
    /// tell.</summary>
    public string? PreTokenizerName { get; init; }

    /// <summary>The entries' text in the vocabulary's own spelling, by id.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>The entries' kinds, by id; as long as <see cref="Tokens"/>.</summary>
    public required IReadOnlyList<TokenKind> Kinds { get; init; }

    /// <summary>BPE merges in order of rank, two parts with a blank between; absent for other families.</summary>
    public IReadOnlyList<string>? Merges { get; init; }

    /// <summary>SentencePiece scores, by id; absent for other families.</summary>
    public IReadOnlyList<float>? Scores { get; init; }

    /// <summary>The token that begins a text; absent where there is none.</summary>
    public int? BosId { get; init; }

    /// <summary>The token that ends a text; absent where there is none.</summary>
    public int? EosId { get; init; }

    /// <summary>Whether the tokenizer puts <see cref="BosId"/> before every text.</summary>
    public bool AddBos { get; init; }

    /// <summary>Whether the tokenizer puts <see cref="EosId"/> behind every text.</summary>
    public bool AddEos { get; init; }

    /// <summary>Whether a SentencePiece tokenizer puts a blank before every text.</summary>
    public bool AddSpacePrefix { get; init; }
}
