using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Reports;

namespace MemoryWall.Analysis.Predictions;

/// <summary>The change of the generation rate that the bytes of a token predict, beside the measured one.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="FirstBytes">Bytes that a token reads in the first run; absent where the shape does not say.</param>
/// <param name="SecondBytes">The same in the second run.</param>
/// <param name="Measured">The second rate ÷ the first, and whether it is a difference.</param>
internal sealed record ChangePrediction(int ContextTokens, double? FirstBytes, double? SecondBytes, RatioFinding Measured)
{
    /// <summary>The second rate ÷ the first, if reading these bytes took all the time; absent where they are unknown.</summary>
    public double? Predicted => SecondBytes > 0 ? FirstBytes / SecondBytes : null;

    /// <summary>One entry for each context that both runs have, the smallest first.</summary>
    public static IReadOnlyList<ChangePrediction> Create(RunReport first, RunReport second, Comparison comparison) =>
    [
        .. comparison.Contexts.Where(row => row is { Quantity: ComparedQuantity.GenerationTps, Concurrency: 1 })
            .OrderBy(row => row.ContextTokens)
            .Select(row => new ChangePrediction(row.ContextTokens, WorkPrediction.BytesPerToken(first, row.ContextTokens),
                WorkPrediction.BytesPerToken(second, row.ContextTokens), row.Finding)),
    ];
}
