using System.Diagnostics.CodeAnalysis;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// A quantisation of a model's weights, as bits per parameter for each kind of tensor. llama.cpp's recipes mix types
/// (<c>llama-quant.cpp</c>): all except full precision store norms in f32; the 4- and 5-bit recipes store the output matrix in q6_K, and
/// <c>_m</c> recipes also half of the value and down projections (<c>use_more_bits</c>). Exact for uniform types; within about 2% of
/// published files for mixed types.
/// </summary>
internal sealed record WeightType
{
    private const double Q4K = 144 * 8 / 256.0;
    private const double Q5K = 176 * 8 / 256.0;
    private const double Q6K = 210 * 8 / 256.0;
    private const double Q8 = 34 * 8 / 32.0;
    private const double Q4 = 18 * 8 / 32.0;
    private const double Mxfp4 = 17 * 8 / 32.0;

    private WeightType(string name, double matrix, double sensitive, double output, double? expert = null)
    {
        Name = name;
        MatrixBits = matrix;
        SensitiveBits = sensitive;
        OutputBits = output;
        ExpertBits = expert ?? matrix;
        SensitiveExpertBits = expert ?? sensitive;
    }

    /// <summary>Half precision.</summary>
    public static WeightType F16 { get; } = new("f16", 16, 16, 16);

    /// <summary>8.5 bits for all tensors.</summary>
    public static WeightType Q8_0 { get; } = new("q8_0", Q8, Q8, Q8);

    /// <summary>About 4.9 bits, the usual download.</summary>
    public static WeightType Q4_K_M { get; } = new("q4_k_m", Q4K, (Q4K + Q6K) / 2, Q6K);

    /// <summary>Experts in 4.25 bits, everything else in q8_0: how gpt-oss is published.</summary>
    public static WeightType MxFp4 { get; } = new("mxfp4", Q8, Q8, Q8, Mxfp4);

    /// <summary>All known types, the largest first.</summary>
    public static IReadOnlyList<WeightType> All { get; } =
        [new("f32", 32, 32, 32), F16, new("bf16", 16, 16, 16), Q8_0, new("q6_k", Q6K, Q6K, Q6K), new("q5_k_m", Q5K, (Q5K + Q6K) / 2, Q6K),
            Q4_K_M, new("q4_0", Q4, Q4, Q6K), MxFp4];

    /// <summary>The name in lower case.</summary>
    public string Name { get; }

    internal double MatrixBits { get; }

    internal double SensitiveBits { get; }

    internal double OutputBits { get; }

    internal double ExpertBits { get; }

    internal double SensitiveExpertBits { get; }

    /// <summary>Parses a type's name.</summary>
    /// <exception cref="FormatException">The name is unknown.</exception>
    public static WeightType Parse(string name) =>
        TryParse(name, out var type)
            ? type
            : throw new FormatException($"'{name}' is not a weight type; use one of {string.Join(", ", All.Select(known => known.Name))}");

    /// <summary>Finds a type by name; false for an unknown name.</summary>
    public static bool TryParse(string? name, [NotNullWhen(true)] out WeightType? type)
    {
        type = All.FirstOrDefault(known => string.Equals(known.Name, name?.Trim(), StringComparison.OrdinalIgnoreCase));
        return type is not null;
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
