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

    /// <summary>Whether the inputs are weighted, not the outputs (Llama 4).</summary>
    public bool WeighsInputs { get; init; }
}
