using System.Diagnostics.CodeAnalysis;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// The element type of a KV cache. Quantised types store blocks of 32 elements with a scale, so q8_0 costs 34 bytes for 32
/// elements (ggml: <c>block_q8_0</c> and its siblings in <c>ggml-common.h</c>).
/// </summary>
/// <param name="Name">Its name in llama.cpp, for example <c>q8_0</c>.</param>
/// <param name="BlockElements">Elements of one block; a key or a value must be a whole number of blocks.</param>
/// <param name="BlockBytes">Bytes of one block.</param>
internal sealed record KvCacheType(string Name, int BlockElements, int BlockBytes)
{
    /// <summary>Half precision, llama.cpp's default.</summary>
    public static KvCacheType F16 { get; } = new("f16", 1, 2);

    /// <summary>8 bits and a scale: 34 bytes for 32 elements.</summary>
    public static KvCacheType Q8_0 { get; } = new("q8_0", 32, 34);

    /// <summary>4 bits and a scale: 18 bytes for 32 elements.</summary>
    public static KvCacheType Q4_0 { get; } = new("q4_0", 32, 18);

    /// <summary>All types that llama.cpp supports for the KV cache, the largest first.</summary>
    public static IReadOnlyList<KvCacheType> All { get; } =
    [
        new("f32", 1, 4), F16, new("bf16", 1, 2), Q8_0, new("q5_1", 32, 24), new("q5_0", 32, 22), new("q4_1", 32, 20), Q4_0,
        new("iq4_nl", 32, 18),
    ];

    /// <summary>Whether the type has blocks; llama.cpp supports quantised values only with flash attention.</summary>
    public bool IsQuantised => BlockElements > 1;

    /// <summary>Bits per element, including its share of the scale.</summary>
    public double BitsPerElement => BlockBytes * 8.0 / BlockElements;

    /// <summary>Parses a type's name.</summary>
    /// <exception cref="FormatException">llama.cpp has no cache type of that name.</exception>
    public static KvCacheType Parse(string name) =>
        TryParse(name, out var type)
            ? type
            : throw new FormatException(
                $"'{name}' is not a KV cache type; use one of {string.Join(", ", All.Select(known => known.Name))}");

    /// <summary>Finds a type by name; false for an unknown name.</summary>
    public static bool TryParse(string? name, [NotNullWhen(true)] out KvCacheType? type)
    {
        type = All.FirstOrDefault(known => string.Equals(known.Name, name?.Trim(), StringComparison.OrdinalIgnoreCase));
        return type is not null;
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    internal long Bytes(long elements) => checked(elements * BlockBytes / BlockElements);
}
