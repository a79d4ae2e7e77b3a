namespace MemoryWall.Models.Vocabularies;

/// <summary>The kind of a vocabulary entry. The numbers are those of GGUF's <c>tokenizer.ggml.token_type</c>.</summary>
internal enum TokenKind
{
    /// <summary>Not specified.</summary>
    Undefined = 0,

    /// <summary>A piece of text.</summary>
    Normal = 1,

    /// <summary>The unknown token, for text that cannot be encoded.</summary>
    Unknown = 2,

    /// <summary>A control token (BOS, EOS and the like), which has no text.</summary>
    Control = 3,

    /// <summary>Defined by the model's author, matched before the tokenizer runs.</summary>
    UserDefined = 4,

    /// <summary>An unused entry.</summary>
    Unused = 5,

    /// <summary>One raw byte.</summary>
    Byte = 6,
}

/// <summary>A target's vocabulary, from its GGUF header or its <c>/api/show</c>.</summary>
internal sealed record Vocabulary
{
    /// <summary>The tokenizer's family as GGUF names it: <c>gpt2</c> (byte-level BPE), <c>llama</c> (SentencePiece), …</summary>
    public required string Model { get; init; }

    /// <summary>The pre-tokenizer as GGUF names it (<c>gpt-2</c>, <c>llama-bpe</c>, <c>qwen2</c>, …); absent where the source does not
    /// report it.</summary>
    public string? PreTokenizerName { get; init; }

    /// <summary>The text of the entries in the vocabulary's own spelling, by id.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>The kinds of the entries, by id.</summary>
    public required IReadOnlyList<TokenKind> Kinds { get; init; }

    /// <summary>BPE merges in order of rank, two parts separated by a blank; absent for other families.</summary>
    public IReadOnlyList<string>? Merges { get; init; }

    /// <summary>SentencePiece scores, by id; absent for other families.</summary>
    public IReadOnlyList<float>? Scores { get; init; }

    /// <summary>The token that begins a text; absent where there is none.</summary>
    public int? BosId { get; init; }

    /// <summary>The token that ends a text; absent where there is none.</summary>
    public int? EosId { get; init; }

    /// <summary>Whether the tokenizer adds <see cref="BosId"/> before every text.</summary>
    public bool AddBos { get; init; }

    /// <summary>Whether the tokenizer adds <see cref="EosId"/> after every text.</summary>
    public bool AddEos { get; init; }

    /// <summary>The special tokens that take the white space after them with them, by id; empty for almost all models.</summary>
    public IReadOnlySet<int> StripsRight { get; init; } = new HashSet<int>();

    /// <summary>Whether a SentencePiece tokenizer adds a blank before every text.</summary>
    public bool AddSpacePrefix { get; init; }
}
