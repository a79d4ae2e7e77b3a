namespace MemoryWall.Analysis.Rules;

/// <summary>How a prediction from a formula is read beside its measurement.</summary>
internal sealed record PredictionRules
{
    /// <summary>How far a prediction may be from its measurement and still agree, as a share. Default 0.2: the arithmetic and bandwidth
    /// that kernels reach differ by about that between contexts on a quiet machine.</summary>
    public double MaxDeviation { get; init; } = 0.2;
}
