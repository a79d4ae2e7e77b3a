using System.Globalization;
using MemoryWall.Models.Gguf;

namespace MemoryWall.Models.Synthetic;

/// <summary>The vocabulary of a synthetic model.</summary>
internal enum SyntheticTokenizer
{
    /// <summary>Byte-level BPE with GPT-2's first entries and merges; no token is added before a text.</summary>
    Gpt2,

    /// <summary>A SentencePiece vocabulary of made-up words; BOS and a blank are added before every text.</summary>
    Spm,
}

/// <summary>
/// The shape of a model with random weights. It needs the same time and memory as a trained model of this shape, but its output has no
/// meaning.
/// </summary>
internal sealed record SyntheticSpec
{
    /// <summary>A preset's name, or <c>custom</c>.</summary>
    public string Name { get; init; } = "custom";

    /// <summary>Layers, 1 to 512 (llama.cpp's own limit).</summary>
    public int Layers { get; init; } = 6;

    /// <summary>Width of the residual stream, a multiple of 32 and of <see cref="Heads"/>.</summary>
    public int Embedding { get; init; } = 384;

    /// <summary>Query heads.</summary>
    public int Heads { get; init; } = 6;

    /// <summary>Key/value heads, a divisor of <see cref="Heads"/>.</summary>
    public int KvHeads { get; init; } = 2;

    /// <summary>Width of the feed-forward layer, a multiple of 32.</summary>
    public int FeedForward { get; init; } = 1024;

    /// <summary>Entries in the vocabulary.</summary>
    public int Vocabulary { get; init; } = 32_768;

    /// <summary>Data type of the weights: F16, Q8_0 or Q4_0; norms are F32.</summary>
    public GgmlType Weights { get; init; } = GgmlType.Q4_0;

    /// <summary>The trained context in the model's metadata, in tokens. It does not change the file's size.</summary>
    public int ContextTokens { get; init; } = 131_072;

    /// <summary>Whether the token embedding also serves as the output matrix.</summary>
    public bool Tied { get; init; } = true;

    /// <summary>The kind of vocabulary.</summary>
    public SyntheticTokenizer Tokenizer { get; init; }

    /// <summary>The experts of each layer; null for a dense model.</summary>
    public SyntheticExperts? Experts { get; init; }

    /// <summary>The seed of the weights: the same seed gives the same file, byte for byte.</summary>
    public uint Seed { get; init; } = 1;

    /// <summary>The default: about 22M parameters, so that a sweep up to 32k takes minutes on two cores.</summary>
    public static SyntheticSpec Nano { get; } = new() { Name = "nano" };

    /// <summary>The shape of SmolLM2-135M, with a longer context.</summary>
    public static SyntheticSpec Small { get; } = new()
    {
        Name = "small",
        Layers = 30,
        Embedding = 576,
        Heads = 9,
        KvHeads = 3,
        FeedForward = 1536,
        Vocabulary = 49_152,
    };

    /// <summary>The shape of Llama-3.2-1B, in Q8_0.</summary>
    public static SyntheticSpec OneB { get; } = new()
    {
        Name = "1b",
        Layers = 16,
        Embedding = 2048,
        Heads = 32,
        KvHeads = 8,
        FeedForward = 8192,
        Vocabulary = 128_256,
        Weights = GgmlType.Q8_0,
    };

    /// <summary>The shape of Llama-3.1-8B, in Q4_0.</summary>
    public static SyntheticSpec EightB { get; } = new()
    {
        Name = "8b",
        Layers = 32,
        Embedding = 4096,
        Heads = 32,
        KvHeads = 8,
        FeedForward = 14_336,
        Vocabulary = 128_256,
        Tied = false,
    };

    /// <summary>A mixture of experts of about 150 MB, of which a token uses a fifth, in Q8_0. Its routing is about as local as that of
    /// trained models.</summary>
    public static SyntheticSpec MoeSmall { get; } = new()
    {
        Name = "moe-small",
        Layers = 10,
        Embedding = 512,
        Heads = 8,
        KvHeads = 2,
        FeedForward = 128,
        Weights = GgmlType.Q8_0,
        Experts = new SyntheticExperts
        {
            Count = 64,
            Used = 4,
            Width = 128,
            Architecture = SyntheticArchitecture.Qwen3Moe,
            Locality = 2
        },
    };

    /// <summary>A mixture of experts of about 1.3 GB, of which a token uses 105 MB, in Q8_0. Its routing is about as local as that of
    /// trained models.</summary>
    public static SyntheticSpec MoeOneB { get; } = new()
    {
        Name = "moe-1b",
        Layers = 16,
        Embedding = 512,
        Heads = 8,
        KvHeads = 2,
        FeedForward = 768,
        Weights = GgmlType.Q8_0,
        Experts = new SyntheticExperts { Count = 64, Used = 4, Width = 768, Locality = 1.6 },
    };

    /// <summary>The presets: dense models, the smallest first, then mixtures of experts.</summary>
    public static IReadOnlyList<SyntheticSpec> Presets { get; } = [Nano, Small, OneB, EightB, MoeSmall, MoeOneB];

    /// <summary>Width of one head.</summary>
    public int HeadWidth => Embedding / Heads;

    /// <summary>Size of the tensors in bytes, without the header of at most about 2 MB.</summary>
    public long WeightBytes => SyntheticTensors.Create(this).Sum(tensor => tensor.Bytes);

    /// <summary>Whether a text specifies a synthetic model (a preset's name, or <c>name=value</c> pairs) rather than a file name.</summary>
    public static bool IsSpecText(string text) =>
        !text.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)
        && text.IndexOfAny(['/', '\\']) < 0
        && text.Split(',')[0].Trim() is var first
        && (first.Contains('=') || SyntheticSpecParser.FindPreset(first) is not null);

    /// <summary>
    /// Parses a preset's name (<c>nano</c>, <c>small</c>, <c>1b</c>, <c>8b</c>, <c>moe-small</c>, <c>moe-1b</c>), <c>name=value</c> pairs
    /// separated by commas, or a preset's name followed by pairs that override it. Without a preset the defaults are those of <c>nano</c>.
    /// Names: <c>layers embd heads kv ff vocab weights ctx tied tokenizer seed</c>, and for a mixture of experts <c>experts used
    /// expert-width arch locality</c>; k and M are powers of 1,024.
    /// </summary>
    /// <exception cref="FormatException">The text names no preset, or a field is invalid; the message names the field.</exception>
    public static SyntheticSpec Parse(string text) => SyntheticSpecParser.Parse(text);

    /// <summary>Validates the fields; <see cref="Parse"/> and <see cref="SyntheticModelCache.EnsureAsync"/> also do so.</summary>
    /// <exception cref="FormatException">A field is invalid; the message names it.</exception>
    public SyntheticSpec Validate()
    {
        Require(Layers is >= 1 and <= 512, "layers", Layers, "1 to 512");
        Require(Embedding is >= 32 and <= 65_536 && Embedding % 32 == 0, "embd", Embedding, "a multiple of 32 from 32 to 65536");
        Require(Heads >= 1 && Embedding % Heads == 0 && HeadWidth % 2 == 0, "heads", Heads,
            $"a divisor of embd ({Embedding}) that leaves heads of an even width");
        Require(KvHeads >= 1 && Heads % KvHeads == 0, "kv", KvHeads, $"a divisor of heads ({Heads})");
        Require(FeedForward is >= 32 and <= 262_144 && FeedForward % 32 == 0, "ff", FeedForward, "a multiple of 32 from 32 to 262144");
        var smallest = Tokenizer == SyntheticTokenizer.Gpt2 ? Gpt2Vocabulary.MinSize : SpmVocabulary.MinSize;
        Require(Vocabulary >= smallest && Vocabulary <= RandomWeightRing.MaxRows, "vocab", Vocabulary,
            $"{smallest} to {RandomWeightRing.MaxRows} for tokenizer {Tokenizer.ToString().ToLowerInvariant()}");
        Require(Weights is GgmlType.F16 or GgmlType.Q8_0 or GgmlType.Q4_0, "weights", Weights, "f16, q8_0 or q4_0");
        Require(ContextTokens is >= 1 and <= 1 << 30, "ctx", ContextTokens, "1 to 1073741824");
        Require(Enum.IsDefined(Tokenizer), "tokenizer", Tokenizer, "gpt2 or spm");
        if (Experts is { } experts)
            Validate(experts);
        return this;
    }

    /// <summary>All fields in the syntax of <see cref="Parse"/>, without the name.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"layers={Layers},embd={Embedding},heads={Heads},kv={KvHeads},ff={FeedForward},vocab={Vocabulary},"
        + $"weights={Weights.ToString().ToLowerInvariant()},ctx={ContextTokens},tied={(Tied ? "true" : "false")},"
        + $"tokenizer={Tokenizer.ToString().ToLowerInvariant()},seed={Seed}")
        // The text of a dense model stays as it was, because the names of cached files depend on it.
        + (Experts is not { } experts ? "" : string.Create(CultureInfo.InvariantCulture,
            $",experts={experts.Count},used={experts.Used},expert-width={experts.Width},"
            + $"arch={experts.Architecture.ToString().ToLowerInvariant()},locality={experts.Locality}"));

    private static void Validate(SyntheticExperts experts)
    {
        Require(experts.Count is >= 2 and <= SyntheticExperts.MaxCount, "experts", experts.Count, $"2 to {SyntheticExperts.MaxCount}");
        Require(experts.Used >= 1 && experts.Used <= experts.Count, "used", experts.Used, $"1 to the number of experts ({experts.Count})");
        Require(experts.Width is >= 32 and <= 262_144 && experts.Width % 32 == 0, "expert-width", experts.Width,
            "a multiple of 32 from 32 to 262144");
        Require(Enum.IsDefined(experts.Architecture), "arch", experts.Architecture, "llama or qwen3moe");
        Require(experts.Locality is >= 0 and <= SyntheticExperts.MaxLocality, "locality", experts.Locality,
            $"0 to {SyntheticExperts.MaxLocality}");
    }

    private static void Require(bool isValid, string field, object value, string right)
    {
        if (!isValid)
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{field} is {value}; it must be {right}"));
    }
}
