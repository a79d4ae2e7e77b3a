namespace MemoryWall.Analysis;

/// <summary>Why a curve is not fitted.</summary>
internal abstract record MissingFit
{
    private protected MissingFit()
    {
    }
}

/// <summary>With synthetic depth only the last batch is computed, so nothing timed a whole prompt.</summary>
internal sealed record OnlyLastBatchTimed : MissingFit;

/// <summary>There are too few contexts with a value: a curve passes through as many as it has coefficients, whatever they are.</summary>
/// <param name="Contexts">Contexts with a value, 0 or more.</param>
/// <param name="MinContexts">The fewest that a fit needs.</param>
internal sealed record TooFewContexts(int Contexts, int MinContexts) : MissingFit;

/// <summary>The values determine no curve: one is not above 0, or the numbers overflow.</summary>
internal sealed record NotDetermined : MissingFit;
