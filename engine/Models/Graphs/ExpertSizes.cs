namespace MemoryWall.Models.Graphs;

/// <summary>The sizes of a mixture of experts.</summary>
/// <param name="Count">Experts, 1 or more.</param>
/// <param name="Used">Experts for each token, 1 or more.</param>
/// <param name="Width">Width of one expert.</param>
internal sealed record ExpertSizes(long Count, long Used, long Width)
{
    /// <summary>Width of the experts that every token uses; 0 for none.</summary>
    public long SharedWidth { get; init; }

    /// <summary>Whether experts multiply their input with a gate.</summary>
    public bool IsGated { get; init; } = true;

    /// <summary>Width of what experts read and write, with a matrix before and after them; 0 where it is the residual stream's.</summary>
    public long LatentWidth { get; init; }

    /// <summary>Whether the activation is made of several operations on gate and input (Kimi K3).</summary>
    public bool HasSituActivation { get; init; }

    /// <summary>Whether the inputs are weighted, not the outputs (Llama 4).</summary>
    public bool WeighsInputs { get; init; }
}
