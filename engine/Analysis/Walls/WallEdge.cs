using MemoryWall.Analysis.Rules;

namespace MemoryWall.Analysis.Walls;

/// <summary>The contexts on both sides of the memory wall.</summary>
/// <param name="Inside">The largest context below the wall that completed without evidence of memory; absent where none did.</param>
/// <param name="Beyond">The smallest context beyond it; absent where no wall is supported.</param>
internal sealed record WallEdge(int? Inside, int? Beyond)
{
    /// <summary>Contexts with evidence of memory that does not suffice, smallest first.</summary>
    public required IReadOnlyList<int> Unconfirmed { get; init; }

    /// <summary>Contexts where no trial was faster than half of what was expected, for an unknown cause, smallest first.</summary>
    public required IReadOnlyList<int> Slowed { get; init; }

    /// <summary>Finds the edge. A context whose repetitions differ counts as beyond it, if its evidence suffices.</summary>
    /// <param name="regimes">The regimes of the trials.</param>
    /// <param name="rules">What evidence suffices.</param>
    public static WallEdge Find(IReadOnlyList<TrialRegime> regimes, WallRules rules)
    {
        var contexts = regimes.Select(regime => regime.ContextTokens).Distinct().Order().ToList();
        var withEvidence = contexts
            .Where(context => regimes.Any(regime => regime.ContextTokens == context && regime.IsBeyondWall)).ToList();
        int? beyond = withEvidence.Where(context => IsSupported(regimes, context, rules)).Select(context => (int?)context).FirstOrDefault();
        int? inside = regimes.Where(regime => IsInside(regime) && (beyond is null || regime.ContextTokens < beyond))
            .Select(regime => (int?)regime.ContextTokens).Max();
        return new WallEdge(inside, beyond)
        {
            Unconfirmed = [.. withEvidence.Where(context => beyond is null || context < beyond)],
            Slowed = [.. contexts.Where(context => regimes.Where(regime => regime.ContextTokens == context)
                .All(regime => regime.Regime == MemoryRegime.Slowed))],
        };
    }

    private static bool IsInside(TrialRegime regime) =>
        regime.Regime is MemoryRegime.InMemory or MemoryRegime.Managed or MemoryRegime.Slowed;

    // Evidence at a larger context supports a smaller one, unless trials there fit.
    private static bool IsSupported(IReadOnlyList<TrialRegime> regimes, int context, WallRules rules)
    {
        if (regimes.Any(regime => regime.ContextTokens == context && regime.IsBeyondWall && !regime.CanBeCausedByOthers))
            return true;
        var farther = regimes.Where(regime => regime.ContextTokens >= context).ToList();
        var evidence = farther.Where(regime => regime.IsBeyondWall).ToList();
        return evidence.Count >= rules.MinTrialsOfSharedEvidence && evidence.Count > farther.Count(IsInside)
            && evidence.Count(regime => !regime.HasInterference) >= rules.MinUndisturbedTrials;
    }
}
