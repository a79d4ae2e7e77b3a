namespace MemoryWall.Models.Synthetic;

/// <summary>The architecture of a synthetic mixture of experts, by llama.cpp's name.</summary>
internal enum SyntheticArchitecture
{
    /// <summary>Llama with experts, as in Mixtral.</summary>
    Llama,

    /// <summary>Qwen3-MoE: queries and keys are normalised, and the weights of the chosen experts sum to 1.</summary>
    Qwen3Moe,
}

/// <summary>The experts of a synthetic model: every layer has them instead of its feed-forward matrices.</summary>
internal sealed record SyntheticExperts
{
    /// <summary>The most experts of a layer that llama.cpp allows.</summary>
    public const int MaxCount = 512;

    /// <summary>The highest <see cref="Locality"/>.</summary>
    public const double MaxLocality = 16;

    /// <summary>Experts of each layer, 2 to <see cref="MaxCount"/>.</summary>
    public int Count { get; init; }

    /// <summary>Experts that a token uses in each layer, at most <see cref="Count"/>.</summary>
    public int Used { get; init; } = 2;

    /// <summary>Width of one expert, a multiple of 32.</summary>
    public int Width { get; init; } = 256;

    /// <summary>The architecture.</summary>
    public SyntheticArchitecture Architecture { get; init; }

    /// <summary>
    /// How strongly the context decides which experts a token uses: the gain of the attention's output, 0 to <see cref="MaxLocality"/>.
    /// The attention's mean over the context changes slowly from token to token, and the token's own embedding does not: near 0 each token
    /// uses other experts, and at 1.6 to 2 the experts are used as locally as in trained models. <see cref="ExpertLocality"/> has what was
    /// reached.
    /// </summary>
    public double Locality { get; init; } = 1;
}
